#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Files as investigators have them: compressed, in archives, from pipes, cut, damaged, hostile; folders; filters. Whatever a capture
is wrapped in, the same comes out of it."""
import bz2
import gzip
import io
import json
import lzma
import os
import random
import re
import shutil
import struct
import subprocess
import sys
import tarfile
import tempfile
import threading
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import ROOT, main, run

DAY = (ROOT / "captures/office-day.pcapng").read_bytes()
POLICY = ROOT / "captures/policy/office-day.yml"
TMP = Path(tempfile.mkdtemp())


def tool(name, data):
    return subprocess.run([name, "-c", "-q"], input=data, stdout=subprocess.PIPE, check=True).stdout


def zipped(*files, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as z:
        for name, data in files:
            z.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), data, method)
    return out.getvalue()


def tarred(*files, mode="w"):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as t:
        for name, data in files:
            info = data if isinstance(data, tarfile.TarInfo) else tarfile.TarInfo(name)
            if isinstance(data, tarfile.TarInfo):
                t.addfile(info)
                continue
            info.size = len(data)
            t.addfile(info, io.BytesIO(data))
    return out.getvalue()


COMPRESSED = {
    "gz": gzip.compress(DAY, mtime=0),
    "zst": tool("zstd", DAY),
    "lz4": tool("lz4", DAY),
    "xz": lzma.compress(DAY),
    "bz2": bz2.compress(DAY),
}
INNER = "case/day one.pcapng"
ARCHIVES = {
    "zip": zipped((INNER, DAY)),
    "stored.zip": zipped((INNER, DAY), method=zipfile.ZIP_STORED),
    "tar": tarred((INNER, DAY)),
    "tar.gz": tarred((INNER, DAY), mode="w:gz"),
    "tar.xz": tarred((INNER, DAY), mode="w:xz"),
    "tar.bz2": tarred((INNER, DAY), mode="w:bz2"),
    "tar.zst": tool("zstd", tarred((INNER, DAY))),
    "gz.zip": zipped((INNER, COMPRESSED["gz"])),
    "xz.tar": tarred((INNER, COMPRESSED["xz"])),
}


def write(name, data):
    path = TMP / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def plain(out, *names):
    """Alerts without what tells of the file itself: its name, the run's id, and the chain of hashes over both."""
    for name in sorted(map(str, names), key=len, reverse=True):
        out = out.replace(json.dumps(name)[1:-1], "FILE")
    return re.sub(r'"(run|previous_line)":"[0-9a-f]+"', "", out)


def alerts_of(path, *names, stdin=None):
    code, out, err = run("read", "--quiet", "--format", "json", "-c", POLICY, path, stdin=stdin)
    assert code == 0, f"{path}: exit {code}: {err}"
    assert err == "", err
    return plain(out, *names)


def packets_of(path, want, *args, stdin=None):
    code, out, err = run("read", "--quiet", "--count", *args, path, stdin=stdin)
    assert code == want, f"{path}: exit {code}, not {want}: {err}"
    return json.loads(out)["packets"] if out else 0, err


def test_the_alerts_are_the_same_byte_for_byte_whatever_the_capture_is_wrapped_in():
    path = write("day.pcapng", DAY)
    first = alerts_of(path, path)
    assert first.count("\n") > 50
    for kind, data in COMPRESSED.items():
        path = write(f"compressed-{kind}", data)  # the name says nothing
        assert alerts_of(path, path) == first, kind
        assert alerts_of("-", "-:", stdin=data).replace('"path":"-"', '"path":"FILE"') == first.replace("FILE:", "FILE"), f"{kind} piped"
    for kind, data in ARCHIVES.items():
        path = write(f"archive-{kind}", data)
        assert alerts_of(path, f"{path}!{INNER}") == first, kind
        assert alerts_of("-", f"-!{INNER}", stdin=data) == first, f"{kind} piped"


def test_a_named_pipe_is_read_whatever_comes_through_it():
    want, _ = packets_of(write("day.pcapng", DAY), 0)
    for data in (DAY, COMPRESSED["gz"], ARCHIVES["zip"], ARCHIVES["tar.gz"]):
        fifo = TMP / "fifo"
        os.mkfifo(fifo)
        writer = threading.Thread(target=lambda data=data: fifo.write_bytes(data), daemon=True)  # it waits for a reader
        writer.start()
        assert packets_of(fifo, 0)[0] == want
        writer.join()
        fifo.unlink()


def test_an_input_inside_an_archive_is_named_and_they_come_in_its_order():
    ra = gzip.compress((ROOT / "captures/answers-only.pcap").read_bytes())
    data = zipped(("z/late.pcap.gz", ra), ("notes.txt", b"what was found"), ("a/日本.pcapng", DAY), ("empty", b""))
    path = write("several.zip", data)
    code, out, err = run("read", "--quiet", "--events=ipv6.seen,flow.state", path)
    assert code == 0, err
    assert 0 <= out.find(f"{path}!z/late.pcap.gz") < out.find(f"{path}!a/日本.pcapng"), out[:300]
    assert err.strip() == f"sekimori: {path}: files inside that are no captures: 2 of 4", err
    both = packets_of(write("day.pcapng", DAY), 0)[0] + packets_of("captures/answers-only.pcap", 0)[0]
    assert packets_of(path, 0)[0] == both


def test_appended_members_and_appended_captures_are_one():
    one = (ROOT / "captures/answers-only.pcap").read_bytes()
    want = packets_of("captures/answers-only.pcap", 0)[0]
    twice = write("twice.gz", gzip.compress(one) + gzip.compress(one) + bytes(512))
    assert packets_of(twice, 0) == (2 * want, "")
    for name, pack in (("zst", lambda d: tool("zstd", d)), ("lz4", lambda d: tool("lz4", d)), ("xz", lzma.compress), ("bz2", bz2.compress)):
        assert packets_of(write("twice", pack(one) + pack(one)), 0) == (2 * want, ""), name
    tail = write("tail.gz", gzip.compress(one) + b"some other bytes")
    packets, err = packets_of(tail, 3)
    assert packets == want and "what follows is no gzip" in err, err


def test_what_cannot_be_read_in_an_archive_is_named_and_hides_nothing():
    good = ("good.pcapng", DAY)
    want = packets_of(write("day.pcapng", DAY), 0)[0]
    nested = write("nested.zip", zipped(("in.zip", zipped(good)), good, ("in.tar", tarred(good)), ("in.tgz", gzip.compress(tarred(good))),
                                        ("in.gz", gzip.compress(COMPRESSED["gz"]))))
    packets, err = packets_of(nested, 3)
    assert packets == want, err
    for name, what in (("in.zip", "a zip archive inside an archive"), ("in.tar", "a tar archive inside an archive"),
                       ("in.tgz", "a tar archive inside an archive"), ("in.gz", "compressed twice")):
        assert re.search(rf"nested\.zip!{name}: .*{what}", err), err
    locked = bytearray(zipped(("secret.pcap", DAY), good))
    locked[6] |= 1  # flag bit 0: encrypted
    packets, err = packets_of(write("locked.zip", bytes(locked)), 3)
    assert packets == want and "locked.zip!secret.pcap: encrypted: a password is needed" in err, err
    hurt = bytearray(zipped(("bad.pcapng", DAY), good))
    hurt[5000:5040] = b"\xff" * 40
    packets, err = packets_of(write("hurt.zip", bytes(hurt)), 3)
    assert want < packets < 2 * want and "hurt.zip!bad.pcapng:" in err, err
    packets, err = packets_of(write("words.zip", zipped(("a.txt", b"hello"), ("b.txt", b"there"))), 1)
    assert "words.zip: no capture inside (2 other files)" in err, err
    _, err = packets_of(write("nothing.gz", gzip.compress(b"")), 1)
    assert "nothing.gz: decompressed: empty: 0 bytes, not a capture" in err, err
    packets, err = packets_of(write("hello.gz", gzip.compress(b"hello, world\n" * 9)), 1)
    assert 'hello.gz: decompressed: not a capture file (starts with "hello, world": text)' in err, err


def test_links_and_devices_in_a_tar_are_nothing_and_names_are_escaped():
    link, device, up = tarfile.TarInfo("link"), tarfile.TarInfo("null"), tarfile.TarInfo("hard")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    up.type, up.linkname = tarfile.LNKTYPE, "a\x1b[2Jb"
    device.type, device.devmajor, device.devminor = tarfile.CHRTYPE, 1, 5
    data = tarred(("link", link), ("null", device), ("a\x1b[2Jb", DAY[: len(DAY) // 2]), ("hard", up), ("../../escape", b"no"))
    _, err = packets_of(write("odd.tar", data), 3)
    assert "odd.tar!a\\x1b[2Jb:" in err and "\x1b" not in err, err
    assert "files inside that are no captures: 1 of 2" in err, err


def test_a_bomb_is_not_read_to_its_end():
    head = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1) + struct.pack("<IIII", 1, 0, 60, 60) + bytes(60)
    zeros = subprocess.run("(cat; head -c 3000000000 /dev/zero) | zstd -q -c", shell=True, input=head, stdout=subprocess.PIPE, check=True)
    flat = write("bomb.zst", zeros.stdout)
    inside = write("bomb.zip", zipped(("x.pcap.zst", zeros.stdout), ("good.pcapng", DAY)))
    for path in (flat, inside):
        packets, err = packets_of(path, 3)
        read = re.search(r":(\d+): unpacks to more than 250 times its size", err)
        assert packets >= 1 and read, (packets, err)
        most = max(64 << 20, 250 * path.stat().st_size) + (1 << 20)  # what is free, or what each byte may become; a block
        assert int(read.group(1)) <= most < 3_000_000_000, f"{path}: read to byte {read.group(1)}, {most} at most"
    assert packets == 1 + packets_of(write("day.pcapng", DAY), 0)[0], "the bomb hid what lay beside it"
    # Not a capture: its first bytes end it.
    packets, err = packets_of(write("zeros.gz", gzip.compress(bytes(50_000_000))), 1)
    assert "not a capture" in err or "no capture inside" in err, err


def test_a_cut_stream_gives_what_was_whole_and_says_so():
    want = packets_of(write("day.pcapng", DAY), 0)[0]
    everything = {**COMPRESSED, **{k: ARCHIVES[k] for k in ("zip", "tar", "tar.gz", "gz.zip")}}
    for kind, data in everything.items():
        last = 0
        for part in (0.0004, 0.2, 0.6, 0.9):
            path = write("cut", data[: int(len(data) * part)])
            code, out, err = run("read", "--quiet", "--count", path)
            assert code in (1, 3) and err, f"{kind} cut at {part}: exit {code}"
            packets = json.loads(out)["packets"]
            assert last <= packets < want, f"{kind} cut at {part}: {packets} packets after {last}"
            last = packets
        if kind not in ("bz2", "lz4"):  # whose blocks are larger than this capture
            assert last > want // 2, f"{kind}: only {last} of {want}"


def test_damage_anywhere_never_goes_unseen_where_a_sum_is_kept():
    rng = random.Random(6)
    for kind in ("gz", "xz", "zst", "lz4"):
        data = COMPRESSED[kind]
        for _ in range(4):
            bent = bytearray(data)
            bent[rng.randrange(40, len(data))] ^= 0x5A
            code, _, err = run("read", "--quiet", "--count", write("bent", bytes(bent)))
            assert code in (1, 3) and err, f"{kind}: exit {code}: {err}"


def test_folders_are_read_with_what_is_below_them():
    box = TMP / "box"
    shutil.rmtree(box, ignore_errors=True)
    one = (ROOT / "captures/answers-only.pcap").read_bytes()
    want = packets_of("captures/answers-only.pcap", 0)[0]
    write("box/b/deep/x.pcap.gz", gzip.compress(one))
    write("box/a.pcap", one)
    write("box/.hidden/x.pcap", one)
    assert packets_of(box, 0)[0] == 2 * want
    assert packets_of(box, 0, "--no-recursive")[0] == want
    (box / "a.pcap").unlink()
    assert packets_of(box, 0)[0] == want
    _, err = packets_of(box, 1, "--no-recursive")
    assert "folder holds no files, only folders" in err, err


def test_a_filter_keeps_what_libpcap_would_and_frames_keep_their_numbers():
    for expression in ("vlan and ip6", "greater 1000", "not greater 1000", "ether[0] & 1 = 1"):
        want = subprocess.run(["tshark", "-r", ROOT / "captures/office-day.pcapng", "-T", "fields", "-e", "frame.len"],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True) if "greater" in expression else None
        got, err = packets_of("captures/office-day.pcapng", 0, "--filter", expression)
        assert err == "" and got > 0, (expression, err)
        if want:
            lengths = [int(x) for x in want.stdout.split()]
            long = sum(x >= 1000 for x in lengths)
            assert got == (long if expression == "greater 1000" else len(lengths) - long), expression
    whole = run("read", "--quiet", "--events=icmpv6.ra", "captures/office-day.pcapng")[1]
    part = run("read", "--quiet", "--events=icmpv6.ra", "--filter", "vlan and ip6", "captures/office-day.pcapng")[1]
    native = [line for line in whole.splitlines() if '"depth":0' in line]  # pcap-filter(7) does not look into tunnels
    assert native == part.splitlines() and 0 < len(native) < len(whole.splitlines()), "the frames have other numbers"
    coverage = TMP / "coverage.json"
    run("read", "--quiet", "--filter", "vlan and ip6", "--coverage", coverage, "captures/office-day.pcapng")
    c = json.loads(coverage.read_text())
    assert c["packets"] + c["filtered"] == packets_of("captures/office-day.pcapng", 0)[0] and c["unfilterable"] == 0


def test_lanes_change_nothing_of_archives_and_filters():
    path = write("lanes.zip", zipped(("b", COMPRESSED["gz"]), ("a", DAY), ("c.txt", b"words")))
    for filters in ([], ["--filter", "vlan and ip6"], ["--filter", "greater 60000"]):
        first = run("read", "--quiet", "--events", *filters, path)
        assert first[0] == 0 and bool(first[1]) == ("greater 60000" not in filters), first[2]
        for lanes in (1, 4):
            assert run("read", "--quiet", "--events", *filters, "--lanes", lanes, path) == first, (filters, lanes)


def test_a_filter_that_means_nothing_is_a_wrong_call_or_is_told_and_asks_no_server():
    for expression, words in (("ip6 an", "syntax error"), ("host no-such-host.example", "unknown host"), ("", None)):
        code, out, err = run("read", "--quiet", "--count", "--filter", expression, "captures/office-day.pcapng")
        if words is None:
            assert code == 0 and json.loads(out)["packets"] > 0, err  # as in tcpdump: everything
        else:
            assert code == 2 and out == "" and words in err and err.startswith("sekimori: --filter: "), (expression, err)
    raw = write("raw.pcap", struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101) +
                (struct.pack("<IIII", 1, 0, 40, 40) + b"\x60" + bytes(39)) * 3)
    packets, err = packets_of(raw, 0, "--filter", "ip6")
    assert packets == 3 and err == ""
    packets, err = packets_of(raw, 3, "--filter", "ether host 02:00:00:00:00:01")
    assert packets == 0 and err.count("the filter means nothing for link type 101") == 1, err
    code, _, err = run("watch", "--quiet", "-i", "lo", "--filter", "ip6 an")
    assert code == 2 and "syntax error" in err, err


if __name__ == "__main__":
    try:
        main(dict(globals()))
    finally:
        shutil.rmtree(TMP, ignore_errors=True)
