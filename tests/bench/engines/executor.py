"""What the aten engine adds to a direct call of an operator, per node."""

import json
import subprocess

from measure.text import note

ROUNDS = 400


def measure(setting):
    """{figure: microseconds}; nothing where the program was not built."""
    program = setting.program("executor_bench")
    if not program.exists():
        note(f"{program} is not there: the executor is not measured")
        return {}
    done = subprocess.run([program, str(ROUNDS)], check=True, capture_output=True, text=True)
    found = json.loads(done.stdout)
    return {"aten_node_us": found["executor_us"], "aten_node_direct_us": found["direct_us"],
            "aten_node_overhead_us": found["overhead_us"]}
