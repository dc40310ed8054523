"""CPU of authenticated probes beside open ones: this process and our own reflector, on loopback.

    python -m tests.bench.sealed [--paths N] [--seconds S] [--share RATIO ...]

Every path is probed once a second. The figures are user and system time per probe sent; the kernel's own work for
a packet on loopback is done by whoever sends it. `sealing` is the HMAC alone, of one packet, both ways.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from bridgewatch.core.probing.mac import Mac, seal, sealed_by
from bridgewatch.model.ids import KeyId
from bridgewatch.model.inventory import Limits
from bridgewatch.model.words import Outcome, ProbeKind
from tests.bench.probing import address, cpu_of
from tests.wire.rig import Rig, spec

COUNTRY = 22_726
PORT = 28_862
KEY, NAME = bytes(range(32)), KeyId("bench")
BATCH, ROUNDS = 256, 200


def sealing() -> tuple[float, float]:
    """Microseconds to seal one packet, and to verify it."""
    mac, packet = Mac(KEY), np.zeros((BATCH, 112), np.uint8)
    began = time.process_time()
    for _ in range(ROUNDS):
        seal(packet, [mac] * BATCH)
    between = time.process_time()
    for _ in range(ROUNDS):
        sealed_by(packet, [(mac,)] * BATCH)
    return tuple(1e6 * took / (BATCH * ROUNDS) for took in (between - began, time.process_time() - between))


def measure(paths: int, share: float, seconds: float, reflector: int) -> str:
    """One run with that share of authenticated paths; its figures as a line."""
    sealed = round(paths * share)
    specs = [
        spec(
            number,
            address(number),
            kind=ProbeKind.STAMP_AUTHENTICATED if number < sealed else ProbeKind.STAMP,
            interval=1.0,
            port=PORT,
            size=112 if number < sealed else 108,  # nearly the same: the HMAC counts, not the octets
            stamp_key=NAME if number < sealed else None,
        )
        for number in range(paths)
    ]
    with Rig(specs, limits=Limits(), keys={NAME: KEY}) as rig:
        rig.run(2.0)
        began = time.monotonic()
        before, cpu, far = len(rig.ledger.launches), time.process_time(), cpu_of(reflector)
        rig.run(seconds)
        cpu, far = time.process_time() - cpu, cpu_of(reflector) - far
        took = time.monotonic() - began
        sent = sum(len(launch.seq) for launch, _ in rig.ledger.launches[before:])
        told = np.concatenate([told.outcome for told in rig.ledger.observations])
    return (
        f"{share:4.0%} authenticated: {sent / took:7.0f} probes/s, sender {1e6 * cpu / sent:5.1f} us a probe, "
        f"reflector {1e6 * far / sent:5.1f} us; lost {np.count_nonzero(told == Outcome.LOST)} of {len(told)}"
    )


def main() -> None:
    """Parse, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--paths", type=int, default=COUNTRY)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--share", type=float, nargs="*", default=[0.0, 0.1, 1.0])
    chosen = parser.parse_args()
    sys.stdout.write("sealing {:.2f} us, verifying {:.2f} us\n".format(*sealing()))
    with tempfile.TemporaryDirectory() as folder:
        keys = Path(folder) / "keys"
        keys.write_text(f"127.0.0.0/8 {KEY.hex()}\n", encoding="utf-8")
        keys.chmod(0o600)
        argv = [sys.executable, "-m", "bridgewatch", "reflector", "--listen", f"0.0.0.0:{PORT}"]
        argv += [
            "--allow",
            "127.0.0.0/8",
            "--rate",
            "1000000",
            "--total-rate",
            "1000000",
            "--keys",
            str(keys),
        ]
        reflector = subprocess.Popen(argv, stderr=subprocess.PIPE, text=True)
        try:
            while "reflecting on" not in reflector.stderr.readline():
                continue
            for share in chosen.share:
                sys.stdout.write(measure(chosen.paths, share, chosen.seconds, reflector.pid) + "\n")
                sys.stdout.flush()
        finally:
            reflector.terminate()
            reflector.wait(30)


if __name__ == "__main__":
    main()
