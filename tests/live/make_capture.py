#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Write a large classic pcap file quickly: UDP/IPv6 frames of one size, times a microsecond apart.

    make_capture.py FILE BYTES [FRAME_SIZE]      prints the number of packets

A chunk of 10,000 records is made once; only its seconds differ from copy to copy.
"""
import struct
import sys

path, size = sys.argv[1], int(sys.argv[2])
frame_size = int(sys.argv[3]) if len(sys.argv) > 3 else 300
CHUNK = 10000

payload = bytes(frame_size - 62)
udp = struct.pack("!HHHH", 40000, 9, 8 + len(payload), 0) + payload
ip6 = struct.pack("!IHBB", 6 << 28, len(udp), 17, 64) + bytes.fromhex("20010db8000000000000000000000001"
                                                                     "20010db8000000000000000000000002")
frame = bytes.fromhex("020000000002" "020000000001" "86dd") + ip6 + udp
record = 16 + len(frame)

chunk = bytearray()
for i in range(CHUNK):
    chunk += struct.pack("<IIII", 0, i, len(frame), len(frame)) + frame

packets = 0
with open(path, "wb") as f:
    f.write(struct.pack("<IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
    second = 1700000000
    while packets * record < size:
        stamp = struct.pack("<I", second)
        for part in range(4):
            chunk[part::record] = bytes([stamp[part]]) * CHUNK
        f.write(chunk)
        packets += CHUNK
        second += 1
print(packets)
