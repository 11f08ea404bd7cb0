"""The Hugging Face Hub: access, names, the way to it."""

from typing import Final

from slm.doctor.model import HINT, LIKELY, PROOF, STRONG, TOLD, TRACE, Cause, Phase, sign

_GAIN_ACCESS: Final = (
    "Accept the licence on the model's page with the account of the token, store the token in "
    "Secrets Manager, and name that secret in `slm.toml`: `hf_token_secret`."
)

HUB: Final = (
    Cause(
        id="gated_model_no_token",
        title="The Hub does not give this model away without a token that may have it.",
        explanation=(
            "The repository is gated or private. There is no token, the container does not see it "
            "(a wrong variable name), or its account has not accepted the licence."
        ),
        against=(
            '"Repository Not Found": the Hub answers 401 for names that do not exist, too. '
            "Check the spelling first."
        ),
        fix=_GAIN_ACCESS,
        signatures=(
            sign("localtokennotfounderror", r"localtokennotfounderror", STRONG),
            sign(
                "gated",
                r"gated ?repo|gated model|model .{0,80}is gated|is a gated|repo(sitory)? is gated",
                PROOF,
            ),
            sign(
                "restricted authorized authenticated granted",
                r"access to model .{0,120}is restricted|(not in|are not on) the authorized list|"
                r"must (be|have been) (authenticated|granted access)|"
                r"must have access to it and be authenticated",
                PROOF,
            ),
            sign(
                "401",
                r"401 client error.{0,200}huggingface\.co",
                STRONG,
                given="gated_owner",
                unless="missing_name",
            ),
            sign(
                "401",
                r"401 client error|(status|code)\W{0,4}401\b|\b401 unauthori[sz]ed",
                LIKELY,
                unless="missing_name repo_not_found",
            ),
            sign(
                "401",
                r"401 client error",
                HINT,
                given="repo_not_found",
                unless="missing_name",
            ),
            sign(
                "403",
                r"403 (client error|forbidden).{0,200}huggingface\.co|"
                r"huggingface\.co.{0,200}\b403\b|"
                r"\b403\b.{0,80}(forbidden|status).{0,120}huggingface\.co/",
                STRONG,
            ),
            sign(
                "private gated",
                r"private or gated|(private|gated) repo(sitory)?.{0,80}(token|authenticat|log ?in)|"
                r"if this is a private repo",
                HINT,
            ),
            sign(
                "token login invalid localtokennotfound",
                r"invalid (user ?name or password|user token|credentials in authorization)|"
                r"token is required|(hugging ?face|hf)[ _-](hub[ _-])?token.{0,40}(not set|missing|"
                r"invalid|none|required|expired)|(huggingface-cli|hf auth) login|"
                r"localtokennotfound|pass(ing)? (a )?token",
                HINT,
                unless="missing_name",
            ),
            sign("request", r"your request to access model .{0,200}(review|rejected)", PROOF),
            sign(
                "license licence terms accept conditions request",
                r"(accept|agree to) .{0,40}(licen[sc]e|terms|conditions)|" r"request access",
                LIKELY,
            ),
            sign(
                "gated licence license token",
                r"\bgated\b|licen[sc]e .{0,40}accept|token .{0,40}(missing|not |ignored)|no token",
                TOLD,
                given="told",
            ),
        ),
        phase=Phase.START,
        sources=("https://huggingface.co/docs/hub/models-gated",),
    ),
    Cause(
        id="model_not_found",
        title="There is no such model: the id, the revision, the file or the folder is wrong.",
        explanation=(
            "The name is misspelt, empty (`None`), removed, or a local path that is not there. For "
            'unknown names the Hub answers 401 or 404, "Repository Not Found".'
        ),
        against="The repository opens in a browser that is logged in: then it is gated.",
        fix=(
            "Copy `hf_model_id` from the model's page: owner, slash, name. From S3: the weights "
            "lie "
            "in `/opt/ml/model`, and `model_data_url` names them."
        ),
        signatures=(
            sign("disabled", r"access to this resource is disabled", LIKELY),
            sign("open", r"failed to open \S{0,200}\.gguf", STRONG),
            sign(
                "open",
                r"error loading model: .{0,40}failed to open|"
                r"gguf_init_from_file(_impl)?: failed to open",
                STRONG,
            ),
            sign(
                "llama_init_from_gpt_params common_init_from_params load_model srv message",
                r"(llama_init_from_gpt_params|common_init_from_params): .{0,10}failed to load "
                r"model|message\W+unable to load model",
                TRACE,
            ),
            sign(
                "none null undefined",
                r"huggingface\.co/(api/models/)?(none|null|undefined)\b",
                PROOF,
            ),
            sign(
                "hfvalidationerror repo namespace",
                r"hfvalidationerror|repo id must (be|use)|"
                r"repo_name.{0,30}or.{0,30}namespace/repo_name",
                STRONG,
            ),
            sign(
                "repository repositorynotfounderror",
                r"repository ?not ?found|repositorynotfounderror",
                LIKELY,
            ),
            sign(
                "repository repositorynotfounderror",
                r"repository ?not ?found|repositorynotfounderror",
                LIKELY,
                unless="gated_owner token_given",
            ),
            sign("appear", r"does not appear to have (a file|files) named", HINT),
            sign("404", r"404 client error.{0,200}(huggingface|models/)", STRONG),
            sign(
                "entry entrynotfounderror revision revisionnotfounderror invalid",
                r"revision ?not ?found|revisionnotfounderror|invalid rev id|"
                r"entrynotfounderror|entry not found for url",
                LIKELY,
            ),
            sign(
                "repo_id path_or_model_id repository",
                r"\brepo_id (cannot|must)|cannot have .{0,12} in repo_id|"
                r"incorrect path_or_model_id|invalid repository id",
                STRONG,
            ),
            sign("load", r"can'?t load the (configuration|model)\b", LIKELY),
            sign(
                "valid identifier folder",
                r"is not a (local folder|valid model identifier)|not a valid model identifier|"
                r"is not a local folder and is not a valid",
                STRONG,
                unless="gated_seen",
            ),
            sign(
                "model_id model exist failed folder",
                r"(local )?(model|model_id|path)\b.{0,100}(does not|doesn't) exist|"
                r"no such (model|folder)|model .{0,80} (was )?not found on (the )?(hub|hugging)|"
                r"failed to open (gguf|model) file|model path .{0,100}(not|n't) exist",
                LIKELY,
                unless="tensor_missing",
            ),
            sign(
                "file directory",
                r"no such file or directory:? ?\W{0,3}(/opt/ml/model|/data/|/models?/)",
                HINT,
            ),
            sign(
                "gguf",
                r"(no|not?) .{0,40}gguf .{0,40}(found|exist)|gguf.{0,80}(not found|does not exist)",
                LIKELY,
            ),
            sign(
                "model repo repository path id",
                r"\b(model|repo\w*|path|id)\b.{0,60}(misspel\w+|typo|removed|not exist|not found)",
                TOLD,
                given="told",
            ),
        ),
        contradicted_by={"gated_seen": 0.3},
        phase=Phase.START,
        sources=("https://huggingface.co/docs/huggingface_hub/package_reference/utilities",),
    ),
    Cause(
        id="hub_download_timeout_or_no_egress",
        title="The container cannot reach the Hugging Face Hub, or loses it on the way.",
        explanation=(
            "No route out (a private subnet without NAT, network isolation), no name resolution, "
            "or "
            "the Hub was slow or failing at that time."
        ),
        against="An HTTP status 401, 403 or 404 from the Hub: then it was reached.",
        fix=(
            "Give the subnets of `vpc_subnet_ids` a NAT gateway, or upload the model once "
            "(`slm upload-model`) and name it in `model_data_url`: then the container downloads "
            "nothing from outside. If the Hub was failing, try again."
        ),
        signatures=(
            sign(
                "head curl_perform_with_retry curl_easy_perform",
                r"\bhead failed, status|curl_(perform_with_retry|easy_perform)\b",
                LIKELY,
            ),
            sign("filemetadataerror", r"filemetadataerror", LIKELY),
            sign(
                "resolution resolve nameresolutionerror gaierror getaddrinfo dns "
                "address nodename service",
                r"temporary failure in name resolution|name or service not known|nodename nor "
                r"servname|nameresolutionerror|failed to (resolve (host|name|address)|lookup "
                r"address)|getaddrinfo|could not resolve host|dns (error|failure|resolution)|"
                r"no address associated with hostname",
                PROOF,
            ),
            sign(
                "unreachable route",
                r"network is unreachable|no route to host|host unreachable",
                PROOF,
            ),
            sign(
                "connect connecttimeout connecttimeouterror connection "
                "connectionerror newconnectionerror",
                # A proxy writes so of its own upstream: "(110: Connection timed out)".
                r"(?<!broken by ')connecttimeout|(?<!\d: )connect(ion)?( to \S+)? timed? ?out|"
                r"newconnectionerror|"
                r"failed to establish a new connection|"
                r"(couldn'?t|could not|can'?t|cannot|unable to|failed to) connect to .{0,40}"
                r"(hugging ?face|hf\.co|hub)|"
                r"connection (error|refused|reset|aborted|broken)?.{0,100}(huggingface\.co|hf\.co)",
                STRONG,
            ),
            sign(
                "retries maxretryerror",
                r"max retries exceeded|maxretryerror",
                STRONG,
                unless="own_port",
            ),
            sign(
                "read readtimeout readtimeouterror timed",
                r"(readtimeout\w*|read timed out|read operation timed out).{0,200}"
                r"(huggingface|hf\.co)|(huggingface\.co|hf\.co).{0,200}(read ?time|timed out)|"
                r"download .{0,60}timed out",
                STRONG,
            ),
            sign("readtimeout readtimeouterror", r"readtimeout(error)?\b", HINT),
            # The next try may go well.
            sign("retrying", r"retrying\b.{0,120}connection broken by", HINT),
            sign(
                "502 503 504 500 429",
                r"\b(50[0234]|429) (server|client) error.{0,200}(huggingface|hf\.co)|"
                r"(huggingface\.co|hf\.co).{0,160}\b(50[0234]|429)\b|"
                r"\b50[0234] server error",
                STRONG,
            ),
            sign(
                "offline outgoing internet proxy proxyerror locate connection "
                "hf_hub_offline localentrynotfounderror requested",
                r"outgoing traffic has been disabled|offline ?mode|hf_hub_offline|proxyerror|"
                r"localentrynotfounderror|check(ing)? your (internet )?connection|"
                r"cannot find the requested files in the (disk|local) cache",
                LIKELY,
            ),
            sign("offline offlinemodeisenabled", r"offline ?mode ?is ?enabled", STRONG),
            sign("cas", r"\bcas (service|client) error", LIKELY),
            sign("consistency", r"consistency check failed", STRONG),
            sign("snapshot", r"cached snapshot .{0,160}is incomplete", LIKELY),
            sign("timeouterror", r"timeouterror: timed out", HINT, unless="request"),
            sign("localentrynotfounderror", r"localentrynotfounderror", LIKELY),
            sign("isolation", r"network ?isolation", LIKELY),
            sign(
                "incompleteread protocolerror chunkedencodingerror connection",
                r"incompleteread|chunkedencodingerror|protocolerror|connection broken(?! by)",
                LIKELY,
            ),
            sign(
                "ssl sslerror certificate_verify_failed",
                r"sslerror|certificate_verify_failed|ssl: ",
                HINT,
            ),
            sign(
                "certificate_verify_failed certificate tls unknownissuer",
                r"certificate_verify_failed|(invalid|self[- ]signed|unknown|untrusted) .{0,12}"
                r"certificate|unknownissuer|tls (connection|handshake).{0,40}fail",
                LIKELY,
            ),
            sign(
                "hf_transfer transfer downloading",
                r"hf_transfer.{0,80}(error|fail)|error (occurred )?while downloading",
                LIKELY,
            ),
            sign(
                "downloaderror download", r"download ?(process )?(encountered|error|failed)", TRACE
            ),
            sign(
                "internet egress nat download downloading downloads",
                r"(no|without) (internet|egress|nat)|download(s|ing)?\b.{0,60}(stuck|hang|fail|"
                r"time)",
                TOLD,
                given="told",
            ),
        ),
        contradicted_by={"gated_seen": 0.4},
        phase=Phase.START,
        sources=(
            "https://docs.aws.amazon.com/sagemaker/latest/dg/host-vpc.html",
            "https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables",
        ),
    ),
)
