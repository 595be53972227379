"""unpack.py WHEELS INTO: unpacks what a build on the CPU needs out of libtorch's wheels, and loads it once."""

import ctypes
import fnmatch
import os
import sys
import zipfile

WANTED = (
    "torch/lib/libtorch_cpu.so",
    "torch/lib/libc10.so",
    "torch/lib/libgomp*",
    "torch/lib/libtorch_global_deps.so",
    "torch/include/*",
    "torch/version.py",
    "nvidia/*/lib/*.so*",
)


def main(wheels, into):
    for name in sorted(os.listdir(wheels)):
        path = os.path.join(wheels, name)
        with zipfile.ZipFile(path) as wheel:
            for member in wheel.namelist():
                if any(fnmatch.fnmatchcase(member, pattern) for pattern in WANTED):
                    wheel.extract(member, into)
        os.remove(path)
    ctypes.CDLL(os.path.join(into, "torch", "lib", "libtorch_cpu.so"))


try:
    main(*sys.argv[1:])
except Exception as error:
    sys.exit(f"{type(error).__name__}: {error}")
