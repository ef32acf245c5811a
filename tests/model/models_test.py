"""The shipped models are what conf/models/make makes of this tree, to the byte."""

import subprocess
import sys
import tempfile
from pathlib import Path

from common import ROOT, skip

LIMIT_BYTES = 1_500_000


def main():
    build = sys.argv[1]
    if not (ROOT / ".." / "shared" / "captures" / "labels.csv").exists():
        skip("no ../shared/captures beside the project: the models cannot be made again here")
    bad = 0
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [ROOT / "conf/models/make", "--build", build, "--output", folder], check=True
        )
        for name in ("flow.weir", "host.weir"):
            made = (Path(folder) / name).read_bytes()
            shipped = (ROOT / "conf/models" / name).read_bytes()
            same = made == shipped
            bad += not same or len(made) > LIMIT_BYTES
            print(f"{name}: {len(made)} bytes,", "the same" if same else "DIFFERS FROM THE SHIPPED")
    if bad:
        print("What models are made of has changed (features, scenes, training): run conf/models/make")
    sys.exit(1 if bad else 0)


main()
