"""Programs as they are run by others: by `python -I`, by node, and by a C compiler."""

import json
import math
import shutil
import subprocess
import sys

import pytest

PYTHON_RUNNER = """
import json, runpy, sys
for line in open(sys.argv[1]):
    path, rows = json.loads(line)
    predict = runpy.run_path(path)["predict"]
    print(json.dumps([predict(row) for row in rows]))
"""
NODE_RUNNER = """
const lines = require("fs").readFileSync(process.argv[2], "utf8").trim().split("\\n");
for (const line of lines) {
  const [path, rows] = JSON.parse(line);
  const { predict } = require(path);
  console.log(JSON.stringify(rows.map((row) => predict(row))));
}
"""


def tool(name):
    """Return the path of a program, or skip."""
    return shutil.which(name) or pytest.skip(f"there is no {name}")


def run_all(command, runner, jobs, folder):
    """Return what the programs predict: for each (program, rows) a list of results."""
    (folder / "runner").write_text(runner, "utf-8")
    lines = [json.dumps([str(path), rows]) for path, rows in jobs]
    (folder / "jobs").write_text("\n".join(lines), "utf-8")
    done = subprocess.run(
        [*command, str(folder / "runner"), str(folder / "jobs")],
        capture_output=True, text=True, encoding="utf-8", check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def run_python(jobs, folder):
    """Return what Python programs predict, by themselves: without the packages of this one."""
    return run_all([sys.executable, "-I"], PYTHON_RUNNER, jobs, folder)


def run_javascript(jobs, folder):
    """Return what JavaScript programs predict."""
    return run_all([tool("node")], NODE_RUNNER, jobs, folder)


def c_number(value):
    return "NAN" if value is None or math.isnan(value) else repr(float(value))


def c_text(value):
    if value is None:
        return "NULL"
    escaped = "".join(f"\\{byte:03o}" for byte in value.encode())
    return f'"{escaped}"'


def c_call(model, row):
    """Return the call of `predict` for a row, and the print of what it gives."""
    named = dict(zip((c.name for c in model.columns), row, strict=True))
    taken = []
    if model.numbers:
        numbers = ", ".join(c_number(named[c.name]) for c in model.numbers)
        taken.append(f"(const double[]){{{numbers}}}")
    if model.categories:
        texts = ", ".join(c_text(named[c.name]) for c in model.categories)
        taken.append(f"(const char *const[]){{{texts}}}")
    if model.gives == "number":
        return f'printf("%.17g\\n", predict({", ".join(taken)}));'
    count = len(model.labels) if model.labels else model.network.layers[-1]
    call = f"predict({', '.join([*taken, 'p'])})"
    numbers = f'for (int k = 0; k < {count}; k++) printf(" %.17g", p[k]); puts("");'
    if model.gives == "outputs":
        return f'printf("%d", {call}); {numbers}'
    return f'label = {call}; printf("%s\\t", label ? label : "NULL"); {numbers}'


def compile_c(model, rows, program, folder):
    """Return the command of a C program that predicts some rows, compiled with every warning."""
    calls = "\n    ".join(c_call(model, row) for row in rows)
    main = (
        f"\n#include <stdio.h>\nint main(void)\n{{\n    double p[99] = {{0}};\n"
        f"    const char *label = 0;\n    (void)p, (void)label;\n    {calls}\n    return 0;\n}}\n"
    )
    source, binary = folder / f"{program.stem}-main.c", folder / program.stem
    source.write_text(program.read_text("utf-8") + main, "utf-8")
    strict = ["-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror"]
    subprocess.run(
        [tool("gcc"), *strict, str(source), "-o", str(binary), "-lm"], check=True, timeout=60
    )
    return str(binary)


def run_c(model, rows, program, folder):
    """Return what a C program predicts: (label, probabilities), a number, or (flag, outputs)."""
    binary = compile_c(model, rows, program, folder)
    done = subprocess.run([binary], capture_output=True, check=True, timeout=60)
    lines = done.stdout.decode().splitlines()
    if model.gives == "number":
        return [float(line) for line in lines]
    separator = "\t" if model.gives == "classes" else " "
    pairs = (line.split(separator, 1) for line in lines)
    return [(first, [float(word) for word in rest.split()]) for first, rest in pairs]
