/* SPDX-License-Identifier: Apache-2.0 */
/* What a file is, by its first bytes; of what is no capture, what it seems to be instead. */
#include "capture/reader.h"

#include <ctype.h>

#define BYTES(s) .bytes = (const uint8_t *)(s), .n = sizeof(s) - 1
#define CAPTURE(s, how)                                                                                                \
    { BYTES(s), .format = &(how), .kind = SK_KIND_CAPTURE }
#define PACKED(s, hex, text, how)                                                                                      \
    { BYTES(s), .shown = (hex), .what = (text), .kind = (how) }
#define ALIEN(s, hex, text)                                                                                            \
    { BYTES(s), .shown = (hex), .what = (text), .kind = SK_KIND_OTHER }

static const struct {
    const uint8_t *bytes;
    size_t n;
    const struct sk_format *format;
    const char *shown, *what; /* of what is no capture; of what is packed, where it may not be */
    enum sk_kind kind;
} known[] = {
    CAPTURE("\xa1\xb2\xc3\xd4", sk_format_pcap),
    CAPTURE("\xd4\xc3\xb2\xa1", sk_format_pcap),
    CAPTURE("\xa1\xb2\x3c\x4d", sk_format_pcap),
    CAPTURE("\x4d\x3c\xb2\xa1", sk_format_pcap),
    CAPTURE("\xa1\xb2\xcd\x34", sk_format_pcap),
    CAPTURE("\x34\xcd\xb2\xa1", sk_format_pcap),
    CAPTURE("\x0a\x0d\x0d\x0a", sk_format_pcapng),
    PACKED("\x1f\x8b", "1f 8b", "compressed twice, here with gzip; decompress it first", SK_KIND_GZIP),
    PACKED("\x28\xb5\x2f\xfd", "28 b5 2f fd", "compressed twice, here with zstd; decompress it first", SK_KIND_ZSTD),
    PACKED("\xfd"
           "7zXZ",
           "fd \"7zXZ\"", "compressed twice, here with xz; decompress it first", SK_KIND_XZ),
    PACKED("\x04\x22\x4d\x18", "04 22 4d 18", "compressed twice, here with lz4; decompress it first", SK_KIND_LZ4),
    PACKED("BZh", "\"BZh\"", "compressed twice, here with bzip2; decompress it first", SK_KIND_BZIP2),
    PACKED("PK\x03\x04", "\"PK\"", "a zip archive inside an archive; unpack it first", SK_KIND_ZIP),
    PACKED("PK\x05\x06", "\"PK\"", "a zip archive of no files", SK_KIND_ZIP),
    ALIEN("7z\xbc\xaf\x27\x1c", "\"7z\"", "a 7-Zip archive; unpack it first"),
    ALIEN("Rar!\x1a\x07", "\"Rar!\"", "a RAR archive; unpack it first"),
    ALIEN("ElfFile", "\"ElfFile\"", "a Windows event log"),
    ALIEN("snoop\0\0\0", "\"snoop\"", "a Solaris snoop capture; convert it with editcap"),
    ALIEN("GMBU", "\"GMBU\"", "a Microsoft Network Monitor capture; convert it with editcap"),
    ALIEN("RTSS", "\"RTSS\"", "a Microsoft Network Monitor capture; convert it with editcap"),
    ALIEN("\x7f"
          "ELF",
          "7f \"ELF\"", "a program"),
    ALIEN("MZ", "\"MZ\"", "a Windows program"),
    ALIEN("%PDF", "\"%PDF\"", "a PDF document"),
    ALIEN("SQLite format 3", "\"SQLite format 3\"", "a SQLite database"),
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

/* POSIX.1-1988 ustar: "ustar" at 257. Older ones only have the sum of the header, its own field taken as blanks. */
static bool is_tar(struct sk_cur c) {
    if (c.left < SK_PEEK_MAX)
        return false;
    struct sk_cur magic = c;
    sk_cur_skip(&magic, 257);
    const uint8_t *ustar = sk_cur_take(&magic, 5);
    if (ustar && memcmp(ustar, "ustar", 5) == 0)
        return true;
    uint32_t sum = 0, said = 0;
    bool digits = false, ended = false;
    for (int i = 0; i < 512; i++) {
        uint8_t byte = sk_cur_u8(&c);
        if (i < 148 || i >= 156) {
            sum += byte;
            continue;
        }
        sum += ' ';
        ended |= digits && (byte < '0' || byte > '7');
        if (byte >= '0' && byte <= '7' && !ended) {
            said = said * 8 + (uint32_t)(byte - '0');
            digits = true;
        }
    }
    return digits && sum == said;
}

enum sk_kind sk_kind_of(const uint8_t *bytes, size_t n) {
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (n >= known[i].n && memcmp(bytes, known[i].bytes, known[i].n) == 0)
            return known[i].kind;
    return is_tar(sk_cur_of(bytes, n)) ? SK_KIND_TAR : SK_KIND_OTHER;
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
    if (is_tar(sk_cur_of(bytes, n)))
        (void)snprintf(ret_why, cap, "not a capture file (a tar archive inside an archive; unpack it first)");
    else if (is_text(bytes, n < SK_DETECT_BYTES ? n : SK_DETECT_BYTES))
        describe_text(bytes, n, ret_why, cap);
    else
        describe_bytes(bytes, n, ret_why, cap);
    return NULL;
}
