"""A deployed function's asset, made to run here.

The asset is built for Lambda's Python and processor. What is compiled in it cannot be loaded
by this machine's Python, which has the same packages, of the same versions, itself.
"""

import shutil
import zipfile
from importlib.machinery import EXTENSION_SUFFIXES
from io import BytesIO
from pathlib import Path


def unpack(asset: bytes, folder: Path) -> None:
    """Unpack a function's zip file into an empty folder, without foreign machine code."""
    with zipfile.ZipFile(BytesIO(asset)) as archive:
        archive.extractall(folder)
        for member in archive.infolist():
            if mode := member.external_attr >> 16:
                (folder / member.filename).chmod(mode)
    for compiled in list(folder.rglob("*.so")):
        package = folder / compiled.relative_to(folder).parts[0]
        if package.is_dir() and not compiled.name.endswith(EXTENSION_SUFFIXES[0]):
            shutil.rmtree(package)
