"""What serve does: replies a second, junk, memory, services."""

import collections
import statistics
import threading

from lanes import (BUILD, LOOPBACK, STOCK, Line, Turns, ask, cpu_s, numbers, resident_kib, serve,
                   start, tool, write_services)

IN_FLIGHT, JUNK_PERCENT = 64, 10
UNLIMITED = ("--rate-limit", "0")
# All on, and none in the way: the last network is the asker's.
LIMITED = ("--rate-limit", "1000000/2000000",
           *(word for third in range(15) for word in ("--allow", f"10.99.{third}.0/24")),
           "--allow", "192.168.1.0/24")


class Rate:
    """Measures replies a second, and counts what got none."""

    def __init__(self, net, scale, junk_percent, to=LOOPBACK, host=None):
        self._net, self._to, self._host = net, to, host
        self._words = scale.load_ms, IN_FLIGHT, junk_percent
        self.lost = collections.Counter()

    def measure(self, port, *more):
        replies, ns, lost = ask(self._net, "load", self._to, port, *self._words, *more,
                                host=self._host)
        assert replies > 0
        self.lost[port] += lost
        return replies * 1e9 / ns


def thousands(number):
    return f"{number / 1000:,.0f}k"


def replies(net, scale):
    serve(net, *UNLIMITED, port=9999)
    start(net, *STOCK, "--port", 9998, port=9998)
    start(net, tool("floor_server"), 9997, port=9997)
    rate = Rate(net, scale, JUNK_PERCENT)
    turns = Turns(scale.rounds, {"ours": 9999, "stock": 9998, "bare": 9997}, rate.measure)
    stock, bare = turns.ratio("ours", "stock"), turns.ratio("ours", "bare")
    lost = rate.lost[9999]
    yield Line("replies a second, 64 in flight, 10 % junk, loopback, `--rate-limit 0`",
               f"{thousands(turns.median('ours'))}, {lost} lost",
               f"{thousands(turns.median('stock'))} (ours {stock:.2f} ×)",
               f"{thousands(turns.median('bare'))} (ours {bare:.2f} ×)",
               "1.9 × stock, 0.9 × bare, none lost", stock >= 1.9 and bare >= 0.9 and not lost)


def guarded(net, scale):
    lan = net.segment()
    server, client = lan.host("server", "192.168.1.2/24"), lan.host("client", "192.168.1.5/24")
    serve(net, *UNLIMITED, "--allow", "any", program=BUILD / "udpdisc-open", host=server, port=9999)
    serve(net, *LIMITED, "-p", 9998, host=server, port=9998)
    rate = Rate(net, scale, JUNK_PERCENT, to="192.168.1.2", host=client)
    turns = Turns(scale.rounds, {"open": 9999, "guarded": 9998}, rate.measure)
    ratio = turns.ratio("guarded", "open")
    yield Line("the same across a virtual wire, with a rate limit that is never met, 16 `--allow` "
               "and rights given up",
               f"{thousands(turns.median('guarded'))}, without {thousands(turns.median('open'))} "
               f"({ratio:.2f} ×), {rate.lost[9998]} lost",
               goal="0.95 ×", reached=ratio >= 0.95 and not rate.lost[9998])


class Flooded:
    """One that answers among junk: what was lost of real probes, and the most that it took of a
    core. The real ones come from its own core, since the flood has the other one."""

    def __init__(self, answering, port):
        self._answering, self._port = answering, port
        self.asked, self.lost, self._cores, self._sent = 0, 0, [], []

    def measure(self, net, length_ms):
        before_s = cpu_s(self._answering)
        asking = start(net, tool("pace"), LOOPBACK, self._port, length_ms, 500)
        sent, ns = ask(net, "flood", LOOPBACK, self._port, length_ms)
        assert asking.popen.wait(60) == 0, asking.stderr
        asked, lost, *_ = numbers(asking.stdout)
        self.asked, self.lost = self.asked + asked, self.lost + lost
        self._cores.append((cpu_s(self._answering) - before_s) * 1e9 / ns)
        self._sent.append(sent * 1e9 / ns)

    @property
    def core(self):
        return max(self._cores)

    def __str__(self):
        return (f"{100 * self.core:.1f} % of a core, {self.lost} of {self.asked:,} lost, of "
                f"{thousands(statistics.median(self._sent))} a second")


def junk(net, scale):
    ours = Flooded(serve(net, *UNLIMITED, port=9999), 9999)
    stock = Flooded(start(net, *STOCK, "--port", 9998, port=9998), 9998)
    bare = Flooded(start(net, tool("floor_server"), 9997, port=9997), 9997)
    for _ in range(scale.rounds):
        for contender in (ours, stock, bare):
            contender.measure(net, 3 * scale.load_ms)
    yield Line("junk as fast as a core can send, and 500 real probes a second", str(ours),
               str(stock), str(bare), "5 % of a core, 1 in 1000 lost",
               ours.core < 0.05 and ours.lost * 1000 <= ours.asked)


def memory(net, scale):
    server = serve(net, *UNLIMITED, port=9999)
    stock = start(net, *STOCK, "--port", 9998, port=9998)
    Rate(net, scale, JUNK_PERCENT).measure(9999)
    ours = resident_kib(server)
    yield Line("memory of serve, resident, after such a load", f"{ours} KiB",
               f"{resident_kib(stock):,} KiB", goal="512 KiB", reached=ours <= 512)


def services(net, scale):
    folder = net.folder
    few, many = (write_services(folder / f"{count}.json", count) for count in (10, 5000))
    serve(net, *UNLIMITED, "--tged-only", "-S", few, "--tged-port", 4745, port=4745)
    serve(net, *UNLIMITED, "--tged-only", "-S", many, "--tged-port", 4746, port=4746)
    rate = Rate(net, scale, junk_percent=0)
    turns = Turns(scale.rounds, {10: (4745, 10), 5000: (4746, 5000)},
                  lambda pair: rate.measure(*pair))
    ratio = turns.ratio(5000, 10)
    yield Line("TGED requests a second, 5,000 services",
               f"{thousands(turns.median(5000))}, of 10 services {thousands(turns.median(10))} "
               f"({ratio:.2f} ×), {rate.lost[4746]} lost",
               goal="0.9 ×", reached=ratio >= 0.9 and not rate.lost[4746])


def reloads(net, scale):
    path = write_services(net.folder / "services.json", 1000)
    server = serve(net, *UNLIMITED, "--tged-only", "-S", path, port=4745)
    asked = 2000

    def measure():
        sent, lost, longest_ns, gap_ns = ask(net, "pace", LOOPBACK, 4745, 5 * scale.load_ms, asked,
                                             1000)
        return sent, lost, longest_ns / 1e6, gap_ns / 1e6

    def keep_changing():
        count = 0
        while not over.wait(0.1):
            count += 1
            write_services(path, 1000, f"version {count}")

    quiet = measure()
    over = threading.Event()
    changing = threading.Thread(target=keep_changing)
    changing.start()
    try:
        busy = measure()
    finally:
        over.set()
        changing.join()
    times = server.stderr.count("reloaded ")
    yield Line(f"{times} reloads of 1,000 services while {asked:,} requests a second come",
               f"{busy[1]} of {busy[0]:,} lost; longest answer {busy[2]:.1f} ms, longest gap "
               f"{busy[3]:.1f} ms; without reloads {quiet[2]:.1f} and {quiet[3]:.1f} ms",
               goal="none lost", reached=not busy[1] and times > 0)


ROWS = (replies, guarded, junk, memory, services, reloads)
