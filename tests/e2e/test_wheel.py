"""The wheel, installed in an environment of its own, far from the checkout."""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from lmc import __version__
from lmc.optimize.meta import meta_names, meta_source
from tests.e2e.conftest import Done, environment, plain

ROOT = Path(__file__).parents[2]


def pip(*args: str) -> None:
    """Runs pip; skips where there is no network to fetch what it needs."""
    done = subprocess.run([*args], capture_output=True, text=True)
    offline = ("No matching distribution", "Connection", "Temporary failure in name resolution")
    if done.returncode and any(sign in done.stderr + done.stdout for sign in offline):
        pytest.skip("packages cannot be fetched here")
    assert done.returncode == 0, done.stdout + done.stderr


def test_an_installed_wheel_works_far_from_the_checkout(tmp_path: Path) -> None:
    pip(sys.executable, "-m", "pip", "wheel", str(ROOT), "--no-deps", "--quiet", "-w", str(tmp_path / "dist"))
    (wheel,) = (tmp_path / "dist").iterdir()
    assert wheel.name == f"lmc-{__version__}-py3-none-any.whl"
    venv.create(tmp_path / "env", with_pip=False)
    scripts = tmp_path / "env" / ("Scripts" if sys.platform == "win32" else "bin")
    pip(sys.executable, "-m", "pip", "--python", str(scripts / "python"), "install", "--quiet", str(wheel))

    far = tmp_path / "far"
    shutil.copytree(ROOT / "programs" / "quickstart", far)
    env = {**environment(tmp_path / "home"), "PATH": str(scripts)}

    def lmc(*args: str, stdin: str = "") -> Done:
        done = subprocess.run([scripts / "lmc", *args], cwd=far, env=env, input=stdin, capture_output=True, text=True)
        return plain(Done(done.returncode, done.stdout, done.stderr))

    where = [scripts / "python", "-c", "import lmc, sys; print(lmc.__file__, 'litellm' in sys.modules)"]
    assert str(tmp_path / "env") in subprocess.run(where, cwd=far, env=env, capture_output=True, text=True).stdout
    assert lmc("--version").out == f"lmc, version {__version__}\n"
    assert lmc("check", "router.lmp") == Done(0, "", "")
    assert lmc("fmt", "-", stdin="type  A =str") == Done(0, "type A = str\n", "")
    assert lmc("ir", "router.lmp").out.startswith('lm small = "local/smollm2-135m"\n')
    assert "## Wrong" in lmc("explain", "LMP0100").out
    assert [line.split()[0] for line in lmc("meta", "list").out.splitlines()] == list(meta_names())
    assert lmc("meta", "show", "opro").out == meta_source("opro")
    done = lmc("build", "--frozen", "--check", "router.lmp")
    assert done.code == 0, done.err
    assert done.out.endswith("router.lmp: everything is as it would be\n")
    done = lmc("run", "router.lmp", "-i", "text=play some jazz")
    assert (done.code, done.out) == (3, "")
    assert "error[LMP0610]: local LMs need the package `xllamacpp`" in done.err
    assert "pip install 'lmc[local]'" in done.err
