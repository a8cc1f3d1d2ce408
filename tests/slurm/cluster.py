"""A SLURM of one machine, started for the tests as root and stopped whatever happens.

python tests/slurm/cluster.py install   the Debian packages it needs, where that is possible
"""

import contextlib
import os
import platform
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

CONFIGURATION = Path("/etc/slurm/slurm.conf")
"""The one place every SLURM command looks in; a job's step has no SLURM_CONF to say otherwise."""

MARK = "# written by the tests of laminet\n"
PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scontrol", "sinfo")
CPUS, MEMORY = 80, 100000  # what the machine poses as having, so that 20-core jobs are scheduled anywhere


def install() -> int:
    """Install SLURM and munge with apt-get unless they are there; says why not where that fails."""
    if all(shutil.which(program) for program in PROGRAMS):
        return 0
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        print("SLURM is not installed, and only root on Debian or Ubuntu can be helped", file=sys.stderr)
        return 0
    apt = ["apt-get", "-o", "DPkg::Lock::Timeout=300", "-qq"]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update"], ["install", "--yes", "--no-install-recommends", "slurm-wlm", "munge"]):
        done = subprocess.run([*apt, *arguments], env=environment, capture_output=True, text=True)
        if done.returncode:
            print(f"apt-get {arguments[0]} failed: {done.stderr.strip()}", file=sys.stderr)
            return 0
    return 0


def obstacle() -> str | None:
    """Why SLURM cannot be started here, None if it can."""
    missing = [program for program in PROGRAMS if not shutil.which(program)]
    if missing:
        return f"SLURM cannot be started: {', '.join(missing)} not installed"
    if os.geteuid() != 0:
        return "SLURM cannot be started: only root may start its daemons"
    if CONFIGURATION.exists() and not CONFIGURATION.read_text().startswith(MARK):
        return f"SLURM is not started: {CONFIGURATION} belongs to a cluster"
    return None


@contextlib.contextmanager
def running(folder: Path) -> Iterator[None]:
    """Start munged, slurmctld and slurmd with everything they write in `folder`; stop them at the end.

    They are also stopped by the kernel should this process be killed.

    Raises:
        RuntimeError: a daemon does not start, with the end of its log.
    """
    host = platform.node().split(".")[0]
    for name in ("state", "spool", "logs"):
        (folder / name).mkdir(parents=True)
    munge = _munge(folder / "munge")
    CONFIGURATION.parent.mkdir(exist_ok=True)
    CONFIGURATION.write_text(MARK + _configuration(folder, host))
    daemons: list[subprocess.Popen] = []
    try:
        for command in (munge, ["slurmctld", "-D"], ["slurmd", "-D", "-N", host]):
            with open(folder / "logs" / f"{command[0]}.out", "w") as log:
                bound = ["setpriv", "--pdeathsig", "TERM", *command]
                daemons.append(subprocess.Popen(bound, stdout=log, stderr=log, start_new_session=True))
            if command is munge:
                _wait_for(lambda: (folder / "munge/socket").exists(), daemons, folder)
        _wait_for(lambda: "idle" in _output("sinfo", "--noheader", "--format=%T"), daemons, folder)
        yield
    finally:
        _output("scancel", "--user=root")
        _wait(lambda: not _output("squeue", "--noheader"), seconds=20.0)
        for daemon in reversed(daemons):
            _stop(daemon)
        CONFIGURATION.unlink()


def jobs() -> dict[str, dict[str, str]]:
    """What SLURM knows of all jobs that have begun, by `id` or `array_task`: the fields of `scontrol show job`."""
    found = {}
    for line in _output("scontrol", "show", "job", "--oneliner").splitlines():
        fields = dict(word.split("=", 1) for word in line.split() if "=" in word)
        if fields.get("JobState", "PENDING") != "PENDING":  # waiting tasks of an array are one line
            array = fields.get("ArrayJobId")
            found[f"{array}_{fields['ArrayTaskId']}" if array else fields["JobId"]] = fields
    return found


def cancel(job: str) -> None:
    """Cancel a job, as an administrator or a full node would."""
    subprocess.run(["scancel", job], check=True)


def _munge(folder: Path) -> list[str]:
    """Command of an authentication daemon with a key and a socket of its own, run by the user munge."""
    folder.mkdir()
    user = pwd.getpwnam("munge")
    key = folder / "key"
    key.write_bytes(os.urandom(128))
    key.chmod(0o600)
    for path in (folder, key):
        os.chown(path, user.pw_uid, user.pw_gid)
    names = {"socket": "socket", "pid-file": "pid", "log-file": "log", "seed-file": "seed"}
    files = [f"--{option}={folder / name}" for option, name in names.items()]
    as_munge = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    return [*as_munge, "munged", "--foreground", f"--key-file={key}", *files]


def _configuration(folder: Path, host: str) -> str:
    lines = {
        "ClusterName": "laminet",
        "SlurmctldHost": f"{host}(127.0.0.1)",
        "SlurmUser": "root",
        "SlurmdUser": "root",
        "AuthType": "auth/munge",
        "AuthInfo": f"socket={folder / 'munge/socket'}",
        "CredType": "cred/munge",
        "MpiDefault": "none",
        "ProctrackType": "proctrack/linuxproc",
        "TaskPlugin": "task/none",
        "SwitchType": "switch/none",
        "ReturnToService": "2",
        "SelectType": "select/cons_tres",
        "SelectTypeParameters": "CR_Core_Memory",
        "SlurmdParameters": "config_overrides",
        "JobAcctGatherType": "jobacct_gather/linux",
        "AccountingStorageType": "accounting_storage/none",
        "MinJobAge": "300",
        "SchedulerParameters": "batch_sched_delay=0,sched_interval=1",
        "SlurmctldPidFile": str(folder / "slurmctld.pid"),
        "SlurmdPidFile": str(folder / "slurmd.pid"),
        "SlurmctldLogFile": str(folder / "logs/slurmctld.log"),
        "SlurmdLogFile": str(folder / "logs/slurmd.log"),
        "StateSaveLocation": str(folder / "state"),
        "SlurmdSpoolDir": str(folder / "spool"),
        "NodeName": (
            f"{host} NodeAddr=127.0.0.1 CPUs={CPUS} Sockets=1 CoresPerSocket={CPUS} ThreadsPerCore=1"
            f" RealMemory={MEMORY} State=UNKNOWN"
        ),
        "PartitionName": f"all Nodes={host} Default=YES MaxTime=INFINITE State=UP",
    }
    return "".join(f"{key}={value}\n" for key, value in lines.items())


def _output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, timeout=60).stdout


def _wait(done, seconds: float) -> bool:
    limit = time.monotonic() + seconds
    while not done():
        if time.monotonic() > limit:
            return False
        time.sleep(0.2)
    return True


def _wait_for(done, daemons: list[subprocess.Popen], folder: Path) -> None:
    """Wait until a daemon serves."""
    if not _wait(lambda: done() or any(daemon.poll() is not None for daemon in daemons), seconds=30.0) or not done():
        logs = [path.read_text(errors="replace")[-800:] for path in sorted((folder / "logs").iterdir())]
        raise RuntimeError(f"SLURM does not start: {daemons[-1].args}\n" + "\n".join(logs))


def _stop(daemon: subprocess.Popen) -> None:
    with contextlib.suppress(ProcessLookupError):
        daemon.send_signal(signal.SIGTERM)
    try:
        daemon.wait(timeout=15)
    except subprocess.TimeoutExpired:
        daemon.kill()
        daemon.wait()


if __name__ == "__main__":
    sys.exit(install())
