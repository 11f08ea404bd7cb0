#!/bin/sh
export PYTHONPATH="${LAMBDA_TASK_ROOT}:${LAMBDA_RUNTIME_DIR}"
exec python -m uvicorn server:app --host 127.0.0.1 --port "${AWS_LWA_PORT}" --log-level warning
