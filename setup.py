"""The extension table; everything else is in pyproject.toml."""

import tempfile
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.errors import CompileError, LinkError

KERNELS = ["bits", "cpu", "encode", "frame", "product", "random", "through_time", "update"]
HEADERS = sorted(str(path) for path in Path("bepsk/kernels").glob("*.h"))

DIRECTIVES = {
    "language_level": 3,
    "boundscheck": False,
    "wraparound": False,
    "initializedcheck": False,
    "cdivision": True,
    "freethreading_compatible": True,
}


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
        if self.compiler_has_openmp():
            for extension in self.extensions:
                extension.extra_compile_args.append("-fopenmp")
                extension.extra_link_args.append("-fopenmp")
        super().build_extensions()

    def compiler_has_openmp(self):
        program = "#include <omp.h>\nint main(void) { return omp_get_max_threads() < 1; }\n"
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder, "probe.c")
            source.write_text(program)
            try:
                objects = self.compiler.compile(
                    [str(source)], output_dir=folder, extra_postargs=["-fopenmp"]
                )
                self.compiler.link_executable(
                    objects, str(Path(folder, "probe")), extra_postargs=["-fopenmp"]
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
                include_dirs=["bepsk/kernels"],
                depends=HEADERS,
                extra_compile_args=["-O3", "-Wno-psabi"],
            )
            for name in KERNELS
        ],
        build_dir="build/cython",
        compiler_directives=DIRECTIVES,
    ),
    cmdclass={"build_ext": BuildKernels},
)
