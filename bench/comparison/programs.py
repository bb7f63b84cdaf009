"""The programs that are compared: where they are, and how each is started."""

import dataclasses
import gzip
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build/bench"
NEWEST_PEERS = ROOT / ".peers/newest"
DEFAULT_TEMPLATES = pathlib.Path("/usr/share/prometheus/alertmanager/default.tmpl")


@dataclasses.dataclass(frozen=True)
class Program:
    """`name` is what results and goals call it. In the arguments {config}, {rules}, {data}, {address},
    {datasource} and {notifier} are filled in; the last two arguments are given where a scenario asks for them."""
    name: str
    binary: str
    ready: str
    arguments: tuple
    start_delay: str = ""
    remote_write: str = ""


# More readers at once than the default lets through, for both.
ROUTER_ARGUMENTS = ("--config.file={config}", "--storage.path={data}", "--web.listen-address={address}",
                    "--cluster.listen-address=", "--log.level=error", "--web.get-concurrency=64")

ALERTMANAGER = Program("alertmanager", "prometheus-alertmanager", "/-/ready", ROUTER_ARGUMENTS)
ROUTER = Program("tocsin", "tocsin", "/-/ready", ROUTER_ARGUMENTS)

VMALERT = Program(
    "vmalert", "vmalert", "/health",
    ("-rule={rules}", "-datasource.url={datasource}", "-notifier.url={notifier}", "-httpListenAddr={address}",
     "-loggerLevel=ERROR", "-datasource.maxIdleConnections=2000"),
    start_delay="-group.maxStartDelay={delay}", remote_write="-remoteWrite.url={datasource}")
PROMETHEUS = Program(
    "prometheus", "prometheus", "/-/ready",
    ("--config.file={config}", "--storage.tsdb.path={data}", "--web.listen-address={address}",
     "--query.lookback-delta=1h", "--query.max-samples=500000000", "--rules.alert.resend-delay=0s",
     "--alertmanager.notification-queue-capacity=200000", "--log.level=error"))
EVALUATOR = Program(
    "tocsin", "tocsin", "/-/ready",
    ("--rules.file={rules}", "--datasource.url={datasource}", "--notifier.url={notifier}",
     "--rules.resend-delay=0s", "--storage.path={data}", "--web.listen-address={address}",
     "--cluster.listen-address=", "--log.level=error"),
    start_delay="--rules.max-start-delay={delay}", remote_write="--remote-write.url={datasource}")


def build():
    """The load generator, and tocsin unless TOCSIN_BINARY names one."""
    targets = ["bench_load"] + ([] if "TOCSIN_BINARY" in os.environ else ["tocsin"])
    configure = ["cmake", "-S", ROOT, "-B", BUILD, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release",
                 "-DTOCSIN_TESTS=OFF", "-DTOCSIN_BENCH=ON"]
    subprocess.run(configure, check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["cmake", "--build", BUILD, "--target", *targets], check=True, stdout=subprocess.DEVNULL)


def peers():
    """The folder of the peers' programs: PEERS_BIN, or the newest that Debian has, unpacked."""
    if "PEERS_BIN" in os.environ:
        return pathlib.Path(os.environ["PEERS_BIN"]).resolve()
    subprocess.run([ROOT / "scripts/get-debs", "--suite=sid", NEWEST_PEERS, "prometheus-alertmanager", "prometheus",
                    "victoria-metrics"], check=True)
    return NEWEST_PEERS / "usr/bin"


def find():
    """The path of each binary by its name."""
    folder = peers()
    paths = {program.binary: folder / program.binary for program in (ALERTMANAGER, VMALERT, PROMETHEUS)}
    paths["tocsin"] = pathlib.Path(os.environ.get("TOCSIN_BINARY", BUILD / "src/tocsin")).resolve()
    paths["bench_load"] = BUILD / "bench/bench_load"
    for path in paths.values():
        if not path.exists():
            sys.exit("compare: %s is missing" % path)
    provide_templates(folder)
    return paths


def provide_templates(folder):
    """Debian's Alertmanager reads its default templates from /usr/share and does not start without them. Where it
    is only unpacked, this program starts once more in a mount namespace of its own that has them there."""
    share = folder.parent / "share"
    if DEFAULT_TEMPLATES.exists() or not (share / "prometheus").exists():
        return
    namespace = ["unshare", "--mount"] + ([] if os.geteuid() == 0 else ["--map-root-user"])
    script = 'mount -t overlay overlay -o "lowerdir=$0:/usr/share" /usr/share && exec "$@"'
    os.execvp(namespace[0], [*namespace, "sh", "-c", script, str(share), sys.executable, *sys.argv])


def version(path):
    """What the program says, or, for Debian's vmalert, which does not know, its package."""
    text = subprocess.run([path, "--version"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False).stdout
    changelog = path.parent.parent / "share/doc/victoria-metrics/changelog.Debian.gz"
    if path.name == "vmalert" and changelog.exists():
        text = gzip.decompress(changelog.read_bytes())
    found = re.search(rb"\d+\.\d+\.\d+", text)
    return found.group().decode() if found else "of unknown version"
