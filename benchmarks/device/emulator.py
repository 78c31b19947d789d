"""Compile a model for a microcontroller and run it in QEMU: flash, stack, instructions, answers.

Instructions are counted, not cycles: SysTick under -icount, in units of a loop of known length.
"""

import math
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

BOARDS = {
    "Cortex-M0+": ("cortex-m0plus", "microbit"),
    "Cortex-M3": ("cortex-m3", "mps2-an385"),
    "Cortex-M4": ("cortex-m4", "mps2-an386"),
}
ROOMY = "mps2-an385"
"""A Cortex-M3 with more memory; it runs what is compiled for a Cortex-M0+."""
COMPILER = "arm-none-eabi-gcc"
EMULATOR = "qemu-system-arm"
HERE = Path(__file__).parent
FNV_START, FNV_FACTOR = 2166136261, 16777619

GLUE = """#include "{name}.h"

static const {name}_input rows[][{name_upper}_N_FEATURES] = {{
{rows}
}};
extern const uint32_t n_rows;
const uint32_t n_rows = sizeof rows / sizeof *rows;
{state}
uint32_t answer(uint32_t row, uint32_t hash);
uint32_t answer(uint32_t row, uint32_t hash)
{{
{step}    {logits}
    for (uint32_t c = 0; c < {n}; c++)
        hash = (hash ^ (uint16_t)logits[c]) * UINT32_C(16777619);
    return hash;
}}

void predict(uint32_t row);
void predict(uint32_t row)
{{
    {predict}
}}
"""


@dataclass(frozen=True)
class Measured:
    """What a board says of a model: bytes of flash and stack, instructions, hash of the answers.

    Flash is that of the program, what it takes from libraries included, less the harness.
    """

    flash: int
    stack: int
    instructions: int
    hash: int


def missing_tools():
    """Return the names of the programs that are not there."""
    return [tool for tool in (COMPILER, EMULATOR) if not shutil.which(tool)]


def hash_of(numbers):
    """Return the hash of numbers that the board prints, of the lowest 16 bits of each."""
    value = FNV_START
    for number in np.asarray(numbers).ravel().tolist():
        value = (value ^ (number & 0xFFFF)) * FNV_FACTOR & 0xFFFFFFFF
    return value


def write_glue(model, X, n_logits, n_steps):
    """Write the side of the model: its rows, and how it is called. A series has `n_steps` steps."""
    name, seen, state, step = model.name, "rows[row]", "", ""
    if n_steps:
        seen, state = "&state", f"static {name}_state state;\n"
        step = f"""    if (row % {n_steps} == 0)
        {name}_reset(&state);
    {name}_step(&state, rows[row]);
"""
    logits = f"int16_t logits[{n_logits}]; {name}_logits({seen}, logits);"
    predict = f"volatile int best = {name}_predict({seen}); (void)best;"
    if f"{name}_sum" in model.header:
        n_logits = 4
        logits = f"const int64_t sum = {name}_sum({seen});\n    const int16_t logits[] = {{"
        logits += ", ".join(f"(int16_t)(sum >> {shift})" for shift in range(0, 64, 16)) + "};"
    elif "_N_LABELS" in model.header:
        predict = f"uint8_t labels[{n_logits}]; {name}_predict({seen}, labels);"
    if n_steps:
        predict = f"{name}_step(&state, rows[row]);"
    rows = ",\n".join("{" + ", ".join(map(literal, row)) + "}" for row in X.tolist())
    return GLUE.format(
        name=name, name_upper=name.upper(), rows=rows, state=state, step=step, logits=logits,
        n=n_logits, predict=predict,
    )  # fmt: skip


def literal(x):
    """Return a number in C."""
    if math.isnan(x):
        return "-" * (math.copysign(1, x) < 0) + '__builtin_nanf("")'
    return str(x) if x > -(2**31) else "INT32_MIN"


def measure(model, X, n_logits, board, *, n_steps=None, level="-Os", roomy=False):
    """Run a model on a board.

    Parameters
    ----------
    model : CModel
    X : array, shape (n_rows, n_features)
        Rows of the input type; of a recurrent network what the steps of series see.
    n_logits : int
        How many logits it writes; of a model that has a sum anything.
    board : str
        One of BOARDS.
    n_steps : int, default=None
        Steps per series, for recurrent networks.
    level : str, default="-Os"
        How to optimise.
    roomy : bool, default=False
        Whether there is memory for thousands of rows.

    Returns
    -------
    measured : Measured
    """
    glue = write_glue(model, X, n_logits, n_steps)
    with tempfile.TemporaryDirectory() as folder:
        model.write(folder)
        source = f"{folder}/{model.name}.c"
        return build_and_run([source], glue, len(X), folder, board, level, roomy=roomy)


def build_and_run(sources, glue, n_rows, folder, board, level, *flags, roomy=False):
    """Compile sources and glue in a folder, run them on a board, and return what was measured."""
    cpu, machine = BOARDS[board]
    Path(folder, "glue.c").write_text(glue)
    script, memory = (HERE / "board.ld").read_text(), [("256K", "4M"), ("16K", "2M")]
    for small, large in memory * roomy:
        script = script.replace(f"LENGTH = {small}", f"LENGTH = {large}")
    Path(folder, "board.ld").write_text(script)
    flags = [f"-mcpu={cpu}", "-mthumb", level, "-ffunction-sections", "-fdata-sections", *flags]
    command, program = [COMPILER, *flags, f"-I{folder}"], f"{folder}/program.elf"
    harness = [f"{folder}/glue.o", f"{folder}/board.o"]
    for out, source in zip(harness, [f"{folder}/glue.c", str(HERE / "board.c")], strict=True):
        subprocess.run([*command, "-c", source, "-o", out], check=True)
    link = ["-nostartfiles", "-Wl,--gc-sections", f"-T{folder}/board.ld", "-lm", "-o", program]
    subprocess.run([*command, *sources, *harness, *link], check=True)
    said = run(ROOMY if roomy and board == "Cortex-M0+" else machine, program)
    instructions = said["ticks"] * 2_000_000 / said["ticks_of_2000000"] / n_rows
    flash = size(program) - sum(map(size, harness))
    return Measured(flash, said["stack"], round(instructions), said["hash"])


def size(file):
    """Return the bytes of code and constants of an object file or a program."""
    command = [COMPILER.replace("gcc", "size"), file]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    text, data = map(int, done.stdout.splitlines()[1].split()[:2])
    return text + data


def run(machine, program):
    """Return what a program prints on a machine, numbers by name."""
    semihosting = ["-semihosting-config", "enable=on,target=native"]
    quiet = ["-nographic", "-monitor", "none", "-serial", "none"]
    done = subprocess.run(
        [EMULATOR, "-M", machine, *quiet, *semihosting, "-icount", "shift=0", "-kernel", program],
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=600,
    )
    lines = done.stdout.decode().replace("\0", "").split("\n")
    return {name: int(value, 16) for name, value in (line.split() for line in lines if line)}
