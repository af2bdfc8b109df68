"""A file that --output-file replaces."""

import contextlib
import json
import os

from clitool import run

OLD = "what was there\n" * 100
NOBODY = ["-T127.0.0.1:1", "-t0.05", "-r0"]
# Root writes everywhere but for this.
NO_ROOT = ["/usr/bin/setpriv", "--bounding-set=-dac_override,-dac_read_search",
           "--inh-caps=-dac_override,-dac_read_search"]


@contextlib.contextmanager
def old_file(folder):
    """A file in a folder of its own, where nothing is left behind."""
    (folder / "folder").mkdir()
    file = folder / "folder" / "file"
    file.write_text(OLD, "ascii")
    yield file
    if file.parent.exists():
        litter = [name for name in os.listdir(file.parent) if name.startswith(".")]
        assert not litter, "temporary files were left behind"


def find(server, path, *args, **options):
    """discover-one into the file, of which all went well."""
    result = run("discover-one", "-jT", f"127.0.0.1:{server.port}", "--output-file", path, *args,
                 **options)
    assert (result.code, result.out, result.err) == (0, "", "")


def assert_new(path):
    """The file holds one server and nothing else."""
    assert json.loads(path.read_text("utf-8"))["ip"] == "127.0.0.1"
