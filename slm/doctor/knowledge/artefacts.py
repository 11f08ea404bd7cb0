"""What the endpoint is made of: the model in S3, the image in ECR."""

from typing import Final

from slm.doctor.model import HINT, LIKELY, PROOF, STRONG, TOLD, Cause, Phase, sign

ARTEFACTS: Final = (
    Cause(
        id="s3_model_artifact_layout",
        title="What lies in S3 is not what the container expects: key, archive, folders or region.",
        explanation=(
            "A `model.tar.gz` must hold the model's files at its top, without symbolic links; a "
            "prefix without an archive ends with a slash; the bucket lies in the endpoint's region."
        ),
        against="The message names a permission (AccessDenied) and the object is there.",
        fix=(
            "`slm upload-model FOLDER --to s3://BUCKET/PREFIX/` uploads in the right form and "
            "prints the `model_data_url` to set. Look first: `aws s3 ls URL{aws_options}`."
        ),
        signatures=(
            sign(
                "model",
                r"(could not|cannot|can'?t|unable to|failed to) (find|locate|extract|unpack|untar|"
                r"decompress) (the )?model (data|artifact|archive)",
                PROOF,
            ),
            sign("data", r"(could not|cannot|unable to) (access|read|download) model data", HINT),
            sign("data artifact", r"failed to download model (data|artifact)", LIKELY),
            sign("tar", r"is a valid tar", STRONG),
            sign("appear", r"(^|[\s'])/\S+ does not appear to have a file named", STRONG),
            sign(
                "tar gzip archive tarball recoverable tarfile unexpected",
                r"(invalid|corrupt\w*|broken|unsupported|not an?|bad) .{0,20}(tar\b|gzip|archive|"
                r"tarball)|not in gzip format|tarfile\.\w*error|(tar|archive).{0,60}(symlink|"
                r"symbolic|"
                r"absolute path|nested|corrupt|invalid)|unexpected end of file.{0,40}(tar|gz)|"
                r"error is not recoverable: exiting now",
                STRONG,
            ),
            sign(
                "model_fn inference.py code inference",
                r"(code/)?inference\.py.{0,60}(not found|missing|no such)|"
                r"no such file or directory\W{1,5}(\S{1,80}/)?inference\.py",
                LIKELY,
            ),
            sign(
                "opt sagemaker",
                r"no such file or directory\W{1,5}opt/ml/model/|"
                r"can'?t load \w+ for \W{1,3}(opt/ml|sagemaker)/",
                LIKELY,
            ),
            sign(
                "nosuchkey nosuchbucket key object objects prefix specified",
                r"nosuch(key|bucket)|specified (key|bucket) does not exist|"
                r"no (such )?(s3 )?(objects?|key|prefix).{0,60}(found|exist|at s3|under)",
                STRONG,
            ),
            sign(
                "headobject getobject",
                r"(404|not found).{0,60}(head|get)object|(head|get)object operation: not found",
                STRONG,
            ),
            sign(
                "s3",
                r"s3://\S+.{0,80}(not (found|exist)|does not exist|no objects|empty|invalid|"
                r"(must|should) (end|be|point|start))|(invalid|empty|wrong|bad) s3 (uri|url|path|"
                r"prefix|key)",
                STRONG,
            ),
            sign(
                "bucket region permanentredirect addressed authorizationheadermalformed",
                r"(bucket|s3|object).{0,80}(different|another|wrong|not in( the)?( same)?|"
                r"must be in) region|permanentredirect|must be addressed using the specified "
                r"endpoint|authorizationheadermalformed",
                STRONG,
            ),
            sign(
                "config pytorch_model model bin exist file missing saved_model found",
                r"(config\.json|pytorch_model\.bin|model\.safetensors|\.pth?|\.mar|saved_model)"
                r"\W{0,3}( file)? ?(is |was )?(not found|missing|does not exist)|"
                r"(no such file|not find|not found|missing).{0,80}(config\.json|"
                r"pytorch_model\.bin|model\.safetensors|saved_model)",
                LIKELY,
                unless="hub_words",
            ),
            sign(
                "config pytorch_model model sagemaker",
                r"/opt/ml/model|/\.sagemaker/mms|/models?/model",
                HINT,
                given="file_missing",
            ),
            sign(
                "file",
                r"no file named .{0,160}(found )?in (directory|folder) /opt/ml",
                STRONG,
            ),
            sign(
                "servable versions serving version",
                r"no versions of servable|no (servable|model) versions? found",
                STRONG,
            ),
            sign(
                "symlink symlinks symbolic",
                r"(tar\b|archive|artifact|artefact|model|s3|opt/ml).{0,80}(symlink|symbolic link)|"
                r"(symlinks?|symbolic links?)\b.{0,60}(not|unsupported|outside|tar\b|archive|model|"
                r"s3)",
                LIKELY,
            ),
            sign(
                "subfolder subfolders nested folder directories directory",
                r"(nested|sub-?|extra|wrong|top).{0,12}(folder|director)\w*",
                0.5,
            ),
            sign(
                "s3datatype compressiontype modeldatasource uncompressed",
                r"s3datatype|compressiontype|uncompressed (model|s3|prefix)|modeldatasource.{0,80}"
                r"(invalid|must|not)",
                LIKELY,
            ),
            sign(
                "tar archive nested symlinks prefix",
                r"\b(tar(\.gz)?|archive|prefix)\b.{0,80}(nested|structure|folder|missing|symlink|"
                r"wrong)",
                TOLD,
                given="told",
            ),
        ),
        phase=Phase.DEPLOY,
        sources=(
            "https://docs.aws.amazon.com/sagemaker/latest/dg/large-model-inference-uncompressed.html",
            "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ContainerDefinition.html",
        ),
    ),
    Cause(
        id="image_not_found_ecr",
        title="The registry has no such image, or does not give it to the endpoint's role.",
        explanation=(
            "The tag, the repository or the registry's account for this region is wrong, or the "
            "image lies in an account whose policy does not name the role."
        ),
        against='The message says "cross region": then image and endpoint are in two regions.',
        fix=(
            "Empty `image_uri` to get the engine's own image. With one of your own: "
            "`aws ecr describe-images --repository-name NAME{aws_options}` must list the "
            "tag in the endpoint's region, and its policy allow ecr:BatchGetImage to the role."
        ),
        signatures=(
            sign(
                "image",
                r"(requested )?image .{0,200}(not found|does not exist|doesn't exist|not exist|"
                r"could "
                r"not be (found|pulled)|cannot be pulled)|no such image|image ?not ?found|"
                r"(failed|unable|could not|cannot) (to )?(pull|find|get|locate) .{0,20}image",
                PROOF,
            ),
            sign("manifest", r"manifest (for .{0,160})?(unknown|not found)", PROOF),
            sign("images", r"make sure all images .{0,120}exist", PROOF),
            sign("imagenotfoundexception", r"imagenotfoundexception", PROOF),
            sign(
                "repository repositorynotfoundexception ecr registry",
                r"repositorynotfoundexception|(repository|repo) (with name )?.{0,120}does not exist"
                r".{0,60}(registry|ecr)|name unknown: the repository|repository does not exist or "
                r"may require|ecr .{0,80}(not found|does not exist)",
                STRONG,
            ),
            sign(
                "ecr batchgetimage getdownloadurlforlayer getauthorizationtoken pull",
                r"ecr:(batchgetimage|getdownloadurlforlayer|batchchecklayeravailability|"
                r"getauthorizationtoken)|ecr .{0,40}(permission|access)|pull (access|permission)",
                STRONG,
            ),
            sign(
                "cannotpullcontainererror cannotpullimage imagepullbackoff",
                r"cannotpull|imagepullbackoff",
                STRONG,
            ),
            sign(
                "image ecr repository registry docker container",
                r"((describe|retriev\w+|download\w*|access\w*|pull\w*|resolv\w+|locat\w+).{0,40}"
                r"(docker|container|ecr) (image|repository|registry)|"
                r"(ecr|docker|container) (image|repository|registry|uri)\b.{0,200}(denied|invalid|"
                r"not (valid|exist|found|allowed|accessible|available)|permission|no access|"
                r"n't (exist|have)|unable|fail))",
                STRONG,
                unless="cross_region bootstrap_role",
            ),
            sign(
                "image images",
                r"(unable|failed|cannot|could not|denied|not allowed|no permission|"
                r"permission).{0,80}"
                r"\bimages?\b|\bimage (uri|tag|version|name)\b.{0,80}(invalid|not|n't|unknown|"
                r"wrong|"
                r"unsupported)|\binvalid image\b",
                LIKELY,
                unless="cross_region kernel_words docker_start",
            ),
            sign(
                "pull errimagepull pulling",
                r"pull access denied|error pulling image|pull image|errimagepull",
                STRONG,
            ),
            sign(
                "uri region registry image",
                r"(unsupported|no) (region|image (uri|found|available|for)).{0,60}"
                r"(framework|version|region|image)|no registry .{0,40}region",
                LIKELY,
            ),
            sign(
                "image",
                r"\bimage\b.{0,60}(missing|not found|not exist|private|pull)",
                TOLD,
                given="told",
            ),
        ),
        contradicted_by={"cross_region": 0.4},
        phase=Phase.DEPLOY,
        sources=(
            "https://github.com/aws/deep-learning-containers/blob/master/available_images.md",
            "https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-containers-inference-private.html",
        ),
    ),
    Cause(
        id="image_wrong_region",
        title="The image lies in another region than the endpoint.",
        explanation="SageMaker pulls images from the registry of its own region only.",
        against="The region in the image's address is the endpoint's.",
        fix=(
            "Empty `image_uri`, which gives the engine's image of this region, or replicate your "
            "own: push it to a repository in the endpoint's region."
        ),
        signatures=(
            sign("cross", r"cross[- ]region .{0,30}(ecr|image|pull)", PROOF),
            sign("region", r"region .{0,160}does not match (the )?expected region", PROOF),
            sign("dns suffix", r"invalid dns suffix .{0,80}region", PROOF),
            sign(
                "image ecr region",
                r"(image|ecr).{0,120}(different|another|wrong|other|not in the same) region|"
                r"(different|another|wrong) region .{0,60}(image|ecr)",
                STRONG,
            ),
        ),
        phase=Phase.DEPLOY,
        sources=(
            "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ContainerDefinition.html",
        ),
    ),
)
