"""The field's vocabulary: words that a cause's reports use, whatever their exact wording.

For the guess that is made where no signature matches. A term is one word or a few in a row, as
`slm.doctor.guess` spells text: lower case, letters and digits only, ``CamelCase`` and
``snake_case`` taken apart. It stands for every word that begins so; a blank at its end ends it.
The fewer causes share a term, the more it says.
"""

from collections.abc import Mapping
from typing import Final

TERMS: Final[Mapping[str, str]] = {
    "gpu_oom_weights": (
        "cuda out of memory, out of memory, oom , oom when, vram, gpu memory, load model, "
        "load weights, loading weights, create weights, model weights, device memory, "
        "not enough memory, insufficient memory, mem get info, torch empty, cuda malloc, "
        "not fit, allocat, too large to fit, gib , mib , hbm "
    ),
    "gpu_oom_kv_cache_warmup": (
        "kv cache, warmup, warm up, profile run, profiling, max batch total tokens, "
        "max batch prefill tokens, gpu memory utilization, cache blocks, cache block, "
        "cuda graph, cudagraph, graph capture, out of memory, max num seqs, free memory, "
        "determine num available, max total tokens, gpu blocks, max model len, kv buffer, "
        "compute buffer, max num batched tokens, initialize cache, available memory, gpu memory, "
        "allocat, activation, prefill tokens"
    ),
    "gpu_oom_runtime": (
        "prefill, decode, out of memory, after request, concurren, generate stream, oom , "
        "batch size, during inference, under load, fragment, out of memory during generation, "
        "expandable segments, insufficient storage, 507 , gpu memory, cuda out of memory, "
        "memory leak, engine dead, worker restart"
    ),
    "host_oom": (
        "oom kill, oomkilled, sigkill, killed , signal 9, exit code 137, status 137, code 137, "
        "137 , cannot allocate memory, std bad alloc, bad alloc, memory error, errno 12, mmap, "
        "out of memory, memory limit, ram , cpu memory, host memory, system memory, rss , "
        "cgroup, memory size, max memory used, memory usage, ran out of memory, heap, "
        "default cpu allocator, worker terminated, worker died, swap, mlock, "
        "java lang out of memory"
    ),
    "gated_model_no_token": (
        "gated, private, 401 , 403 , hf token, hugging face hub token, huggingface hub token, "
        "hub token, access token, licence, license, accept, unauthoriz, authenticat, logged in, "
        "log in, login, restricted, permission to access, user token, bearer, credential, "
        "request access, awaiting, meta llama, access to model, forbidden"
    ),
    "model_not_found": (
        "repository not found, repo not found, model not found, repo id, model id, revision, "
        "404 , entry not found, not a valid model, hf validation, no such file, does not exist, "
        "not exist, not found, no file named, local folder, model path, gguf , config json, "
        "couldn t find, could not find, cannot find, model name, invalid model, identifier, "
        "file not found, opt ml model, none , null , typo, misspel, path"
    ),
    "hub_download_timeout_or_no_egress": (
        "file download, urllib3, sock connect, socket, requests exceptions, httpx, "
        "file metadata, name resolution, resolve host, resolve, dns, unreachable, "
        "connection error, connection refused, connection reset, connection aborted, "
        "connection timed, connect timeout, read timeout, read timed out, timed out, "
        "max retries, retries, proxy, ssl , certificate, tls , huggingface co, hf co, hf hub, "
        "hf transfer, hf xet, xet , cas , download, offline, internet, egress, nat , vpc , "
        "subnet, isolation, bad gateway, service unavailable, internal server error for url, "
        "503 , 502 , 504 , gateway time out, errno 101, errno 110, errno 104, peer, "
        "incomplete read, protocol error, chunked, snapshot download, urlopen, "
        "local entry not found, cached files, consistency, checksum, too many requests, 429 , "
        "cdn , network"
    ),
    "disk_full": (
        "no space left, disk space, disk quota, free disk, errno 28, enospc, disk full, disk , "
        "storage, volume size, ebs , nvme, tmp , ephemeral, archive, extract, too large, "
        "instance storage, write error, os error 28, not enough space, exceeds the size, "
        "gb free, insufficient space, cache dir, filesystem, file system full"
    ),
    "startup_health_timeout": (
        "takes longer, warm up takes, slow , health check, ping, timed out, timeout, startup, "
        "start up, still loading, loading, download, not ready, become healthy, healthy, "
        "within the, minutes, waiting for, wait for, took too long, too long, compil, neff, "
        "neuron, model download timeout, container startup, stuck, hang, hung, shard, initializ, "
        "engine core, creating, ready "
    ),
    "custom_container_ping_broken": (
        "ping, port 8080, port , bind, address already in use, listen, gunicorn, flask, nginx, "
        "uvicorn, fastapi, worker failed to boot, worker died, worker timeout, upstream, "
        "no module named, module not found, import error, connection refused, health check, "
        "model server, torchserve, invocations, bad gateway, model fn, input fn, predict fn, "
        "inference py, handler, entry point, wsgi, static, not allowed, 405 , 404 , container"
    ),
    "wrong_image_for_serving": (
        "exec format, executable file, serve , entrypoint, entry point, docker, "
        "cannot start container, container start, start container, arm64, aarch64, amd64, x86, "
        "architecture, graviton, platform, illegal instruction, signal 4, sigill, "
        "not found in path, path , permission denied, runc, oci , training image, "
        "command not found, no such file or directory, nginx, manifest, avx, cpu instruction, "
        "manifest media type, media type, image manifest"
    ),
    "cuda_driver_mismatch_ami": (
        "cannot open shared object, shared object file, unspecified platform, gpu driver, "
        "driver, nvidia smi, nvidia driver, cuda driver, cuda version, driver version, libcuda, "
        "nvml, cuinit, cu init, cuda unknown error, forward compat, compat, no cuda gpus, "
        "no cuda capable, cuda initialization, device count, ami , inference ami, "
        "nvidia container, old, cuda runtime, insufficient, system not yet, 803 , 804 , "
        "libcudart, libnvidia, cudart, device type, platform, fabric manager, no cuda, "
        "cuda is not available, cuda available, cuda error"
    ),
    "unsupported_architecture": (
        "architecture, architectures, model type, not supported, unsupported, unrecogniz, "
        "unrecognis, unknown model, auto model, causal lm, for causal, conditional generation, "
        "transformers, model class, model config, not implemented, no attribute, key error, "
        "config , upgrade, rope scaling, rope, not recognize, modeling, unknown architecture, "
        "auto config, vision, multimodal, embedding, encoder, registry, implementation, version, "
        "unexpected keyword, unknown variant, seq2seq, cannot import name, validation error, "
        "name error, is not defined, not handled, attribute error, type error, value error, "
        "pre tokenizer, tensor, moe "
    ),
    "quantization_unsupported_on_gpu": (
        "compute capability, capability, sm 75, sm75, sm 70, sm 80, sm80, sm 86, sm 89, sm89, "
        "sm 90, sm90, sm 100, sm 120, sm120, turing, volta, ampere, hopper, ada , blackwell, "
        "t4 , v100, marlin, machete, exllama, awq, gptq, fp8, fp4, nvfp4, mxfp4, int8, int4, "
        "w4a16, w8a8, bfloat16, bf16, half , float16, flash attn, flash attention, "
        "flashattention, flash attn 2, kernel image, no kernel, kernel, quantiz, quantis, "
        "bitsandbytes, eetq, triton, ptx, float8, cutlass, deepgemm, deep gemm, flashinfer, "
        "dtype, gemm, hqq, aqlm, tma, sage"
    ),
    "bad_env_config": (
        "handling argument, value for, unknown value, unknown argument, unexpected argument, "
        "assert, argument, unrecognized, unexpected, invalid value, invalid choice, must be, "
        "max input length, max input tokens, max total tokens, max model len, max batch prefill, "
        "max batch total, max num seqs, max num batched, env , environment variable, "
        "environment, option, setting, config, quantize config, not quantized, "
        "parse, usage , required, conflict, cannot be, mutually, less than, greater than, "
        "larger than, out of range, invalid, dtype, block size, override, cli , "
        "argument validation, error while parsing, validation error, positive, model max length, "
        "derived, max position, json decode, invalid digit, not set, missing, set , flag, "
        "params, rolling batch, option model id, serving properties, properties, value error"
    ),
    "wrong_num_shard": (
        "tp world, tp rank, tp , assert, num shard, shard, sharded, sharding, tensor parallel, "
        "tp size, world size, divisible, divide, attention heads, num heads, heads, kv heads, "
        "number of gpus, num gpus, sm num gpus, pipeline parallel, parallel size, rank , nccl, "
        "placement group, not enough cuda, devices, gpus, partition, input size per partition, "
        "vocab size, invalid device ordinal, device ordinal, device map, tensor parallel degree, "
        "torchrun, ray, workers"
    ),
    "trust_remote_code_required": (
        "trust remote code, remote code, custom code, execute, custom, allow, "
        "configuration file in that repo, modeling , repo code, trust, dynamic module, "
        "transformers modules, auto map, inspect, not trusted, get class from dynamic"
    ),
    "tokenizer_or_chat_template_missing": (
        "tokenizer, chat template, template, jinja, sentencepiece, tiktoken, tokenizer json, "
        "tokenizer config, tokenizer class, fast tokenizer, slow tokenizer, added tokens, "
        "special tokens, bos , eos , apply chat template, template error, protobuf, vocab , "
        "merges, detokeniz, token id, mistral common, tekken, roles must, conversation roles, "
        "system role, tool , tool call, tool parser, processor, preprocessor"
    ),
    "safetensors_conversion_failure": (
        "safetensors, convert, conversion, pytorch model bin, bin , torch load, pickle, "
        "unpickling, weights only, checkpoint, shared tensors, shared memory tensor, metadata, "
        "header, deserializ, weight , weights, lm head, state dict, missing keys, "
        "unexpected keys, missing key, tensor, magic, corrupt, end of file, truncat, adapter, "
        "lora, does not exist, shape mismatch, size mismatch, gguf , split, index json, "
        "no weights, safe open, incomplete, lfs , pointer, not found"
    ),
    "shm_too_small": (
        "nccl shm, nccl system, ring, rank , unhandled system, nccl socket, shm, shared memory, "
        "dev shm, shm size, bus error, sigbus, signal 7, nccl, ipc, nccl error, watchdog, "
        "collective, p2p, posix fallocate, torch multiprocessing, semaphore, "
        "unhandled system error, nccl debug, plasma, object store, insufficient shared"
    ),
    "s3_model_artifact_layout": (
        "s3 , model data, model data url, model tar gz, tar gz, tar , archive, untar, extract, "
        "s3 uri, s3 url, prefix, bucket, object, key , model artifact, artifact, "
        "model data source, compression, gzip, unpack, opt ml model, symlink, code inference, "
        "no such key, head object, region of the bucket, directory, folder, config json, "
        "unable to download, moved permanently, 301 , model dir, serving properties, model files"
    ),
    "role_missing_permission": (
        "access denied, not authorized, unauthorized operation, permission, pass role, iam , "
        "role , policy, assume role, explicit deny, service control, identity based, kms , "
        "s3 get object, execution role, sts , principal, trust relationship, privileg, "
        "forbidden, arn aws, allow, assumed role, user is not, cannot assume, could not assume, "
        "boundary, does not have permission, 403 , resource based, denied"
    ),
    "instance_quota_zero": (
        "resource limit exceeded, quota, service quota, service limit, account level, "
        "endpoint usage, limit exceeded, current utilization, request delta, increase, "
        "instances , limit , instance type, service quotas, support, spot, vcpu"
    ),
    "insufficient_capacity": (
        "capacity, insufficient instance, insufficient capacity, capacity error, "
        "unable to provision, provision, availability zone, zone, supported instance type, "
        "not available, requested ml compute, compute capacity, try again, different instance, "
        "unable to locate, reserved, not supported in, instance type"
    ),
    "endpoint_name_or_config_exists": (
        "already exist, already existing, existing endpoint, exists in stack, in use, duplicate, "
        "conflict, resource already, cannot create, endpoint config, endpoint name, name , "
        "already"
    ),
    "endpoint_update_rolled_back": (
        "rolls back, does not persist, not changed, old version, unchanged, not updated, "
        "rolled back, rolling back, roll back, rollback, update, auto rollback, old config, "
        "previous, endpoint configuration, in service, updating, deployment config, blue green, "
        "alarm, canary, endpoint config, last deployed, still on, variant, update endpoint"
    ),
    "image_not_found_ecr": (
        "image, ecr , repository, tag , pull, registry, manifest, digest, dkr , not found, "
        "image uri, docker, batch get image, requested image, image does not exist, "
        "repository does not exist, latest, ecr policy, unsupported version, cannot pull, "
        "pull access, image scope, name unknown, manifest unknown, huggingface version"
    ),
    "image_wrong_region": (
        "cross region, region, ecr , image, different region, same region, dns suffix, "
        "image region, account for region, pulls, not supported region, region for this image, "
        "unsupported region"
    ),
    "apigw_cloudwatch_role_missing": (
        "cloud watch logs role, logs role, account settings, cloud watch role, cloudwatch, "
        "access log, logging, api gateway, stage, role arn, logs delivery, apigateway account, "
        "log role"
    ),
    "apigw_29s_timeout": (
        "29 , 30 , 29000, 30000, integration timeout, gateway timeout, gateway time out, "
        "endpoint request timed out, 504 , api gateway, apigateway, integration, timed out, "
        "timeout, time out, gateway, execute api, seconds, http api, rest api"
    ),
    "sagemaker_60s_timeout": (
        "60 , 60 seconds, model error, model timeout, invoke endpoint, invocation, "
        "server error 0, received server error, primary, your invocation timed out, "
        "while waiting for a response, did not respond, response from container, "
        "model stream error, invocation timed out, runtime sagemaker, timed out, "
        "upstream timed out, read timeout on endpoint, read timed out, stream broken, "
        "invocations timeout, sagemaker runtime"
    ),
    "lambda_timeout": (
        "lambda, task timed out, function timed out, timed out after, lambda timeout, function, "
        "init duration, internal server error, 502 , malformed lambda, sandbox, runtime exited, "
        "seconds, timed out, sandbox timed out, billed duration, timeout"
    ),
    "api_key_not_in_usage_plan": (
        "api key, usage plan, usage plans, x api key, forbidden, apikey, "
        "missing authentication token, api stage, 403 , invalid api key, key required, stage, "
        "authorizer, api gateway, forbidden exception, execute api, invalid key"
    ),
    "throttled_429": (
        "message null, throttl, rate exceeded, too many requests, too many tokens, 429 , "
        "rate limit, burst, quota, limit exceeded, limit , retry, slow down, requests per, "
        "concurren, overloaded, model is overloaded, queue, too many, capacity, per minute, "
        "back off, retry after, reduce"
    ),
    "payload_too_large": (
        "mb limit, size is, too big, images, maximum size, mb , 413 , payload, too large, "
        "request entity, entity too large, request too long, body size, size limit, "
        "max request size, exceeded maximum, content length, bytes, 6 mb, 6291456, 10 mb, "
        "10485760, 6291556, 5242880, 25 mb, 26214400, base64, maximum allowed, body , "
        "larger than, length limit, content too large, max length, broken pipe, "
        "connection closed, connection was closed, payload limit, response payload, "
        "length constraint, message length"
    ),
    "request_token_limit": (
        "input validation, inputs, max new tokens, inputs tokens, prompt, context length, "
        "maximum context, context window, context size, tokens, max tokens, 422 , unprocessable, "
        "too long, input length, input tokens, exceed context, reduce the length, truncat, "
        "longer than, sequence length, max length, prompt is too long, exceeds, maximum input, "
        "bad request, 400 , completion tokens, token limit, n ctx, slot"
    ),
    "cfn_rollback_stuck": (
        "rollback complete, rollback failed, rollback in progress, update rollback, "
        "update rollback failed, in progress state, cannot be updated, can not be updated, "
        "continue update rollback, delete failed, stack, state , change set, in progress, "
        "delete stack, paused, review in progress, status , rollback"
    ),
    "cfn_opaque_event": (
        "internal failure, internal error, general service exception, request to service failed, "
        "not stabiliz, stabiliz, handler error code, resource handler, cancelled, create failed, "
        "update failed, contact, support, unknown, service failed, null , failed to create, "
        "failed to update, exceeded attempts, resource creation, invalid request, "
        "rollback requested, nested stack, custom resource"
    ),
    "cdk_not_bootstrapped": (
        "bootstrap, cdk bootstrap, cdk toolkit, toolkit, toolkit stack, hnb659fds, "
        "ssm parameter, cdk assets, staging bucket, deploy role, bootstrap version, "
        "no bucket named, publish asset, file publishing role, assets bucket, asset , cdk "
    ),
    "expired_sso_credentials": (
        "expired, token expired, expired token, sso , sso session, aws sso login, "
        "security token, credential, credentials, unable to locate credentials, session token, "
        "refresh failed, profile, unable to resolve aws account, invalid client token, "
        "signature, aws login, access key, unrecognized client, invalid identity token, "
        "could not load credentials, session , reauthenticate, login, clock, "
        "get caller identity, unable to determine, default credentials, signature expired, "
        "request expired"
    ),
}
