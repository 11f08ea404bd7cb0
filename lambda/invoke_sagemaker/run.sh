#!/bin/sh
# Started by the Lambda Web Adapter's wrapper. boto3 is the runtime's own.
export PYTHONPATH="${LAMBDA_TASK_ROOT}:${LAMBDA_RUNTIME_DIR}"
# The adapter adds two headers of some KiB to what the client sent: 16 KiB could be too few.
exec python -m uvicorn handler:app \
    --host 127.0.0.1 --port "${AWS_LWA_PORT}" \
    --http h11 --h11-max-incomplete-event-size 65536 --loop asyncio \
    --no-access-log --no-server-header --log-level warning
