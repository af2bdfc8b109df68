"""What peers are told to send, and what they see on the wire."""

REPLIES = ("SERVER_IP:", "TGED REPLY", "TGED INVALID")


def hex_words(datagrams):
    """The words with which an odd_peer sends these."""
    return [word for datagram in datagrams for word in ("--hex", datagram.hex())]


def replies_sent(sniffer):
    """The replies that left the sniffer's host so far."""
    return [seen for seen in sniffer.records() if seen["out"] and seen["text"].startswith(REPLIES)]


def wait_replies(sniffer, count=1):
    sniffer.wait_for(lambda: len(replies_sent(sniffer)) >= count, f"{count} replies on the wire")


def askers_answered(sniffer):
    """Where they went."""
    return [(seen["to"], seen["port"]) for seen in replies_sent(sniffer)]


def wait_passed(host, sniffer):
    """Until it has seen all that this host sent so far."""
    host.ask("asker", "127.0.0.1", "--port", 7, "--message", "LAST", "--timeout", "0.01")
    sniffer.wait_for(lambda: "LAST" in [seen["text"] for seen in sniffer.records()], "the last")
