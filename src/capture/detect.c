/* SPDX-License-Identifier: Apache-2.0 */
/* What a file is, by its first bytes; of what is no capture, what it seems to be instead. */
#include "capture/reader.h"

#include <ctype.h>

#define BYTES(s) (const uint8_t *)(s), sizeof(s) - 1

static const struct {
    const uint8_t *bytes;
    size_t n;
    const struct sk_format *format; /* NULL: what follows describes it */
    const char *shown, *what;
} known[] = {
    {BYTES("\xa1\xb2\xc3\xd4"), &sk_format_pcap, NULL, NULL},
    {BYTES("\xd4\xc3\xb2\xa1"), &sk_format_pcap, NULL, NULL},
    {BYTES("\xa1\xb2\x3c\x4d"), &sk_format_pcap, NULL, NULL},
    {BYTES("\x4d\x3c\xb2\xa1"), &sk_format_pcap, NULL, NULL},
    {BYTES("\xa1\xb2\xcd\x34"), &sk_format_pcap, NULL, NULL},
    {BYTES("\x34\xcd\xb2\xa1"), &sk_format_pcap, NULL, NULL},
    {BYTES("\x0a\x0d\x0d\x0a"), &sk_format_pcapng, NULL, NULL},
    {BYTES("ElfFile"), NULL, "\"ElfFile\"", "a Windows event log"},
    {BYTES("\x1f\x8b"), NULL, "1f 8b", "compressed with gzip; decompress it first"},
    {BYTES("\x28\xb5\x2f\xfd"), NULL, "28 b5 2f fd", "compressed with zstd; decompress it first"},
    {BYTES("\xfd"
           "7zXZ"),
     NULL, "fd \"7zXZ\"", "compressed with xz; decompress it first"},
    {BYTES("\x04\x22\x4d\x18"), NULL, "04 22 4d 18", "compressed with lz4; decompress it first"},
    {BYTES("BZh"), NULL, "\"BZh\"", "compressed with bzip2; decompress it first"},
    {BYTES("PK\x03\x04"), NULL, "\"PK\"", "a zip archive; unpack it first"},
    {BYTES("7z\xbc\xaf\x27\x1c"), NULL, "\"7z\"", "a 7-Zip archive; unpack it first"},
    {BYTES("snoop\0\0\0"), NULL, "\"snoop\"", "a Solaris snoop capture; convert it with editcap"},
    {BYTES("GMBU"), NULL, "\"GMBU\"", "a Microsoft Network Monitor capture; convert it with editcap"},
    {BYTES("RTSS"), NULL, "\"RTSS\"", "a Microsoft Network Monitor capture; convert it with editcap"},
    {BYTES("\x7f"
           "ELF"),
     NULL, "7f \"ELF\"", "a program"},
    {BYTES("MZ"), NULL, "\"MZ\"", "a Windows program"},
    {BYTES("%PDF"), NULL, "\"%PDF\"", "a PDF document"},
    {BYTES("SQLite format 3"), NULL, "\"SQLite format 3\"", "a SQLite database"},
};

static bool is_text(const uint8_t *bytes, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (!isprint(bytes[i]) && !isspace(bytes[i]))
            return false;
    return true;
}

/* The first word or so of a text, in quotes, for the operator to recognise. */
static void describe_text(const uint8_t *bytes, size_t n, char *ret, size_t cap) {
    char shown[17];
    size_t len = 0;
    while (len < n && len < sizeof shown - 1 && isprint(bytes[len])) {
        shown[len] = (char)bytes[len];
        len++;
    }
    shown[len] = '\0';
    (void)snprintf(ret, cap, "not a capture file (starts with \"%s\": text)", shown);
}

static void describe_bytes(const uint8_t *bytes, size_t n, char *ret, size_t cap) {
    char hex[3 * 8 + 1] = "";
    size_t len = 0;
    for (size_t i = 0; i < n && i < 8; i++)
        len += (size_t)snprintf(hex + len, sizeof hex - len, "%s%02x", i ? " " : "", bytes[i]);
    (void)snprintf(ret, cap, "not a capture file (starts with %s)", hex);
}

const struct sk_format *sk_detect(const uint8_t *bytes, size_t n, char *ret_why, size_t cap) {
    if (n == 0) {
        (void)snprintf(ret_why, cap, "empty: 0 bytes, not a capture");
        return NULL;
    }
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (n < known[i].n || memcmp(bytes, known[i].bytes, known[i].n) != 0)
            continue;
        if (!known[i].format)
            (void)snprintf(ret_why, cap, "not a capture file (starts with %s: %s)", known[i].shown, known[i].what);
        return known[i].format;
    }
    if (is_text(bytes, n))
        describe_text(bytes, n, ret_why, cap);
    else
        describe_bytes(bytes, n, ret_why, cap);
    return NULL;
}
