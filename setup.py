"""The extension table; everything else is in pyproject.toml."""

import tempfile
from pathlib import Path

import numpy
from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.errors import CompileError, LinkError

KERNELS = [
    "bits",
    "cpu",
    "encode",
    "frame",
    "learners",
    "merge",
    "online",
    "product",
    "random",
    "step",
    "through_time",
    "update",
]
SHARED = [str(path) for end in ("h", "pxd") for path in Path("bepsk/kernels").glob(f"*.{end}")]

DIRECTIVES = {
    "language_level": 3,
    "boundscheck": False,
    "wraparound": False,
    "initializedcheck": False,
    "cdivision": True,
    "freethreading_compatible": True,
}

PLAIN = "int main(void) { return 0; }\n"
PYTHON = "#include <Python.h>\n" + PLAIN
OPENMP = "#include <omp.h>\nint threads(void) { return omp_get_max_threads(); }\n"


class BuildKernels(build_ext):
    """Compile with OpenMP where the compiler has it, and let the checkout run as well.

    `python -m bepsk` in the checkout finds the sources there before the installed package, so
    they get a copy of the compiled kernels.
    """

    def run(self):
        super().run()
        if not self.inplace:
            self.copy_extensions_to_source()

    def build_extensions(self):
        if self.compiler.compiler_type == "msvc":
            raise CompileError("bepsk needs GCC or Clang: MSVC does not compile its kernels")
        if not self.compiles(PLAIN):
            raise CompileError("bepsk needs a C compiler that works, GCC or Clang")
        if not self.compiles(PYTHON):
            raise CompileError("bepsk needs the header files of Python, as in python3-dev")
        if self.compiles(OPENMP, "-fopenmp"):
            for extension in self.extensions:
                extension.extra_compile_args.append("-fopenmp")
                extension.extra_link_args.append("-fopenmp")
        super().build_extensions()

    def compiles(self, program, *flags):
        """Say whether a program can be compiled and linked in the way of an extension."""
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder, "probe.c")
            source.write_text(program)
            try:
                objects = self.compiler.compile(
                    [str(source)], output_dir=folder, extra_postargs=list(flags)
                )
                self.compiler.link_shared_object(
                    objects, str(Path(folder, "probe.so")), extra_postargs=list(flags)
                )
            except (CompileError, LinkError):
                return False
        return True


setup(
    ext_modules=cythonize(
        [
            Extension(
                f"bepsk.kernels.{name}",
                [f"bepsk/kernels/{name}.pyx"],
                include_dirs=["bepsk/kernels", numpy.get_include()],
                define_macros=[("NPY_NO_DEPRECATED_API", "NPY_2_0_API_VERSION")],
                depends=SHARED,
                # A fused multiply-add would round once where numpy rounds twice.
                extra_compile_args=["-O3", "-ffp-contract=off", "-Wno-psabi"],
            )
            for name in KERNELS
        ],
        build_dir="build/cython",
        compiler_directives=DIRECTIVES,
    ),
    cmdclass={"build_ext": BuildKernels},
)
