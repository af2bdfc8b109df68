"""Running udpdisc as cron does: no environment, no terminal, and nothing on standard input."""

from hosts import BINARY

AS_CRON = ["setsid", "--wait", "sh", "-c", 'exec env -i "$@" <&-', "sh", BINARY]


SHORT_S = "0.1"  # where nobody answers


def cron(host, command, *words, timeout_s="0.4"):
    """In two rounds, since a busy machine loses some probes; what it left behind."""
    return host.run(*AS_CRON, command, "-r", "1", "-t", timeout_s, *words)
