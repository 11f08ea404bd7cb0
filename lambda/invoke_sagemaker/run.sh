#!/bin/sh
# Started by the Lambda Web Adapter's wrapper. boto3 is the runtime's own.
export PYTHONPATH="${LAMBDA_TASK_ROOT}:${LAMBDA_RUNTIME_DIR}"
exec python -m uvicorn handler:app \
    --host 127.0.0.1 --port "${AWS_LWA_PORT}" --http httptools --loop asyncio \
    --no-access-log --no-server-header --log-level warning
