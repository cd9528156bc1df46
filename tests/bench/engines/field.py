"""Who takes part: our engines, and what people run today."""

import sys
from pathlib import Path

from engines.setting import OUT, ROOT
from measure.contender import Absent, Contender
from measure.packages import SITE_PACKAGES
from measure.text import note

# Ours: the engine's name, and what is added to the network's name to find its model folder.
OURS = {
    "aten_f32": ("aten", ""),
    "aten_bf16": ("aten:bf16", ""),
    "aten_int8": ("aten", "-int8"),
    "openvino_f32": ("openvino", ""),
    "openvino_bf16": ("openvino:bf16", ""),
    "openvino_int8": ("openvino", "-int8"),
}
# Rivals: the module in rivals/, and the precision.
RIVALS = {
    "eager": ("eager", "f32"),
    "torchscript": ("torchscript", "f32"),
    "aoti": ("aoti", "f32"),
    "openvino_python": ("openvino_python", "f32"),
    "openvino_python_bf16": ("openvino_python", "bf16"),
    "onnxruntime": ("onnx_runtime", "f32"),
}
NAMES = (*OURS, *RIVALS)


def has_bf16():
    """Whether this processor multiplies bfloat16 itself."""
    words = Path("/proc/cpuinfo").read_text().split()
    return any(flag in words for flag in ("avx512_bf16", "amx_bf16", "bf16"))


def bench_command(setting, engine, model, threads, *more):
    return [str(setting.program("tideline")), "bench", str(model), "--rounds", "--engine", engine,
            "--threads", str(threads), *more]


def rival_command(rival, model, threads, precision, *more):
    return [sys.executable, "-m", "engines.rivals.serve", rival, str(model), str(threads),
            precision, *more]


def rival_environment():
    return {"PYTHONPATH": f"{ROOT / 'tests' / 'bench'}:{SITE_PACKAGES}"}


def thread_environment(threads):
    """For whatever has a pool of its own."""
    return {name: str(threads) for name in
            ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")}


def start(setting, name, network, threads):
    """Starts one contender, which is not ready yet. Raises Absent."""
    if name.endswith("bf16") and not has_bf16():
        raise Absent("this processor has no bf16")
    environment = thread_environment(threads)
    if name in OURS:
        engine, suffix = OURS[name]
        model = setting.model(network + suffix)
        if model is None:
            raise Absent(f"no model {network}{suffix}")
        # PyTorch's idle threads spin unless they are told not to; so do ours when they are compared.
        command = bench_command(setting, engine, model, threads, "--spin")
    else:
        rival, precision = RIVALS[name]
        command = rival_command(rival, setting.model(network), threads, precision)
        environment |= rival_environment()
    return launch(f"{name}-{network}-t{threads}", command, environment)


def launch(name, command, environment):
    """The process behind a contender; its stderr goes to a file of this name."""
    logs = OUT / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    return Contender(name, command, logs / f"{name}.log", environment)


def start_ours(setting, engine, network, threads, prefix=()):
    """One of our engines, ready: (contender, what it says of itself), or None with a note."""
    command = [*prefix, *bench_command(setting, engine, setting.model(network), threads)]
    contender = launch(f"{engine}-{network}-t{threads}", command, thread_environment(threads))
    try:
        return contender, contender.wait_ready()
    except Absent as reason:
        contender.close()
        note(f"{engine}: {reason}")
        return None
