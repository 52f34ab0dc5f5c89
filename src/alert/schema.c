/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON Schema 2020-12 of one alert line, from the field table: strict (refuses what this version does not write) for
 * our tests, open for consumers, who must not break when a later version adds a field.
 */
#include "alert/ecs.h"
#include "sekimori/alert.h"

#include <stdio.h>
#include <string.h>

/* A leaf of the fixed part: path, schema. `!` in front: required in its object. */
struct leaf {
    const char *path, *schema;
};
#define TIME                                                                                                           \
    "{\"type\":\"string\",\"pattern\":\"^[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9]\\\\.[0-9]{6}"  \
    "Z$\"}"
#define TEXT  "{\"type\":\"string\",\"minLength\":1,\"maxLength\":1024}"
#define COUNT "{\"type\":\"integer\",\"minimum\":0,\"maximum\":9007199254740991}"
#define UUID8                                                                                                          \
    "{\"type\":\"string\",\"pattern\":\"^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$\"}"
#define TEXTS "{\"type\":\"array\",\"maxItems\":32,\"uniqueItems\":true,\"items\":" TEXT "}"
#define MAC   "{\"type\":\"string\",\"pattern\":\"^[0-9A-F]{2}(-[0-9A-F]{2}){5}$\"}"

#define EACH                                                                                                           \
    "{\"type\":\"array\",\"minItems\":1,\"maxItems\":8,\"items\":{\"type\":\"object\","                                \
    "\"required\":[\"id\",\"count\",\"first_seen\",\"last_seen\"],\"properties\":{\"id\":" TEXT ",\"count\":" COUNT    \
    ",\"first_seen\":" TIME ",\"last_seen\":" TIME "}}}"
#define RULE "{\"type\":\"string\",\"pattern\":\"^[A-Z][A-Z0-9]*-[0-9]{3,9}$\"}"
#define STEPS                                                                                                          \
    "{\"type\":\"array\",\"minItems\":2,\"maxItems\":8,\"items\":{\"type\":\"object\","                                \
    "\"required\":[\"rule\",\"alert\",\"first_seen\"],\"properties\":{\"rule\":" RULE ",\"alert\":" UUID8              \
    ",\"first_seen\":" TIME "}}}"
/* Counts by detection id. */
#define BY_RULE                                                                                                        \
    "{\"type\":\"object\",\"minProperties\":1,\"additionalProperties\":false,\"patternProperties\":{"                  \
    "\"^[A-Z][A-Z0-9]*-[0-9]{3,9}$\":" COUNT "}}"

static const struct leaf fixed[] = {
    {"!@timestamp", TIME},
    {"!ecs.!version", "{\"const\":\"8.11.0\"}"},
    {"!event.!id", UUID8},
    {"!event.!kind", "{\"enum\":[\"alert\",\"metric\"]}"},
    {"!event.!action", "{\"enum\":[\"open\",\"update\",\"close\",\"summary\"]}"},
    {"!event.!category", "{\"type\":\"array\",\"minItems\":1,\"uniqueItems\":true,\"items\":{\"enum\":[\"network\","
                         "\"intrusion_detection\",\"email\"]}}"},
    {"!event.!type",
     "{\"type\":\"array\",\"minItems\":1,\"uniqueItems\":true,\"items\":{\"enum\":[\"indicator\",\"info\"]}}"},
    {"!event.!dataset", "{\"enum\":[\"sekimori.alert\",\"sekimori.summary\"]}"},
    {"!event.!module", "{\"const\":\"sekimori\"}"},
    {"!event.!provider", TEXT},
    {"!event.!severity", "{\"type\":\"integer\",\"minimum\":1,\"maximum\":5}"},
    {"!event.!start", TIME},
    {"!event.!end", TIME},
    {"!event.!sequence", "{\"type\":\"integer\",\"minimum\":1}"},
    {"!event.created", TIME},
    {"!message", TEXT},
    {"!observer.!name", TEXT},
    {"!observer.!product", "{\"const\":\"sekimori\"}"},
    {"!observer.!type", "{\"const\":\"ids\"}"},
    {"!observer.!version", TEXT},
    {"!rule.!id", RULE},
    {"!rule.uuid", "{\"type\":\"string\",\"format\":\"uuid\"}"},
    {"!rule.!name", TEXT},
    {"!rule.!version", TEXT},
    {"!rule.category", TEXT},
    {"!rule.ruleset", TEXT},
    {"!rule.reference", TEXT},
    {"threat.framework", "{\"const\":\"MITRE ATT&CK\"}"},
    {"threat.tactic.name", TEXTS},
    {"threat.technique.id", TEXTS},
    {"threat.technique.subtechnique.id", TEXTS},
    {"!sekimori.!schema", "{\"type\":\"string\",\"pattern\":\"^1\\\\.[0-9]+$\"}"},
    {"!sekimori.!severity", "{\"enum\":[\"informational\",\"low\",\"medium\",\"high\",\"critical\"]}"},
    {"!sekimori.!certainty", "{\"enum\":[\"observed\",\"inferred\",\"heuristic\"]}"},
    {"!sekimori.!confidence", "{\"type\":\"integer\",\"minimum\":0,\"maximum\":100}"},
    {"!sekimori.effect", "{\"enum\":[\"accepted\",\"host-dependent\",\"ignored-by-rfc\",\"unknown\"]}"},
    {"!sekimori.!run", TEXT},
    {"!sekimori.!headline", TEXT},
    {"!sekimori.!headline_ja", TEXT},
    {"!sekimori.!message_ja", TEXT},
    {"!sekimori.reached_outside", "{\"type\":\"boolean\"}"},
    {"!sekimori.!alert.!id", UUID8},
    {"!sekimori.!alert.!revision", COUNT},
    {"!sekimori.!alert.!first_seen", TIME},
    {"!sekimori.!alert.!last_seen", TIME},
    {"!sekimori.!alert.!count", COUNT},
    {"!sekimori.!alert.copies", COUNT},
    {"!sekimori.!alert.muted", COUNT},
    {"!sekimori.!alert.absorbed", BY_RULE},
    {"!sekimori.!alert.absorbed_by", UUID8},
    {"!sekimori.!alert.peak_rate", COUNT},
    {"!sekimori.!alert.close_reason",
     "{\"enum\":[\"idle\",\"end-of-input\",\"shutdown\",\"policy-change\",\"superseded\",\"absorbed\"]}"},
    {"!sekimori.!device.id", TEXT},
    {"!sekimori.!device.name", TEXT},
    {"!sekimori.!device.name_source", "{\"enum\":[\"register\",\"dhcp\",\"dhcpv6\",\"mdns\",\"llmnr\",\"nbns\"]}"},
    {"!sekimori.!device.mac", MAC},
    {"!sekimori.!device.mac_random", "{\"type\":\"boolean\"}"},
    {"!sekimori.!device.vendor", TEXT},
    {"!sekimori.!device.ip", TEXTS},
    {"!sekimori.!device.section", TEXT},
    {"!sekimori.!device.registered", "{\"enum\":[\"yes\",\"no\",\"retired\",\"unknown\"]}"},
    {"!sekimori.!device.known_by", "{\"enum\":[\"lease\",\"binding\",\"frame\",\"embedded\",\"router-mac-only\"]}"},
    {"!sekimori.chain.!id", UUID8},
    {"!sekimori.chain.!name", TEXT},
    {"!sekimori.chain.!steps", STEPS},
    {"!sekimori.exception.!id", TEXT},
    {"!sekimori.exception.!effect", "{\"enum\":[\"lower\",\"raise\"]}"},
    {"!sekimori.own_clauses", TEXTS},
    {"!sekimori.clauses", TEXTS},
    {"!sekimori.members.!count", COUNT},
    {"!sekimori.members.estimated", "{\"const\":true}"},
    {"!sekimori.members.sample", TEXTS},
    {"!sekimori.members.busiest", EACH},
    {"!sekimori.storm.!subjects", COUNT},
    {"!sekimori.storm.estimated", "{\"const\":true}"},
    {"!sekimori.storm.busiest", EACH},
    {"!sekimori.policy_line", TEXT},
    {"!sekimori.frames", "{\"type\":\"array\",\"maxItems\":8,\"items\":" TEXT "}"},
    {"!sekimori.!previous_line", "{\"type\":\"string\",\"pattern\":\"^[0-9a-f]{64}$\"}"},
};

/* The line that ends a run: event.kind metric. */
static const struct leaf summary[] = {
    {"!@timestamp", TIME},
    {"!ecs.!version", "{\"const\":\"8.11.0\"}"},
    {"!event.!id", UUID8},
    {"!event.!kind", "{\"const\":\"metric\"}"},
    {"!event.!action", "{\"const\":\"summary\"}"},
    {"!event.!category", "{\"type\":\"array\",\"items\":{\"const\":\"network\"}}"},
    {"!event.!type", "{\"type\":\"array\",\"items\":{\"const\":\"info\"}}"},
    {"!event.!dataset", "{\"const\":\"sekimori.summary\"}"},
    {"!event.!module", "{\"const\":\"sekimori\"}"},
    {"!event.!sequence", "{\"type\":\"integer\",\"minimum\":1}"},
    {"event.created", TIME},
    {"!message", TEXT},
    {"!observer.!name", TEXT},
    {"!observer.!product", "{\"const\":\"sekimori\"}"},
    {"!observer.!type", "{\"const\":\"ids\"}"},
    {"!observer.!version", TEXT},
    {"!sekimori.!schema", "{\"type\":\"string\",\"pattern\":\"^1\\\\.[0-9]+$\"}"},
    {"!sekimori.!run", TEXT},
    {"!sekimori.!message_ja", TEXT},
    {"!sekimori.!summary.!matches", COUNT},
    {"!sekimori.!summary.!counted", COUNT},
    {"!sekimori.!summary.!copies", COUNT},
    {"!sekimori.!summary.!absorbed", COUNT},
    {"!sekimori.!summary.!muted", COUNT},
    {"!sekimori.!summary.!filtered", COUNT},
    {"!sekimori.!summary.exceptions", "{\"type\":\"array\",\"minItems\":1,\"maxItems\":32,\"items\":{\"type\":"
                                      "\"object\",\"required\":[\"id\",\"effect\","
                                      "\"matches\"],\"additionalProperties\":false,\"properties\":{\"id\":" TEXT
                                      ",\"effect\":{\"enum\":[\"mute\",\"lower\",\"raise\"]},\"matches\":" COUNT "}}}"},
    {"!sekimori.!previous_line", "{\"type\":\"string\",\"pattern\":\"^[0-9a-f]{64}$\"}"},
};

/* The node of the schema that describes `path`, made on the way; marks what is required. Paths are our own, not input.
 */
static sk_json *schema_of(const char *text) {
    struct sk_error err = {0};
    sk_json *v = sk_json_parse(text, strlen(text), &err);
    return v ? v : sk_json_new_object();
}

struct node {
    char name[64];
    bool required;
    const char *engine;   /* type in a search engine */
    const char *leaf;     /* JSON text of a leaf, or NULL */
    const char *describe; /* may be NULL */
    struct node *child, *next;
};
enum { NODES_MAX = 4096 };
struct tree {
    struct node pool[NODES_MAX];
    unsigned used;
    struct node *root;
};

static struct node *child_of(struct tree *t, struct node *parent, const char *name, size_t n, bool required) {
    struct node **at = &parent->child;
    for (; *at; at = &(*at)->next)
        if (strlen((*at)->name) == n && strncmp((*at)->name, name, n) == 0) {
            (*at)->required |= required;
            return *at;
        }
    if (t->used == NODES_MAX || n >= sizeof t->pool->name)
        return parent;
    struct node *fresh = &t->pool[t->used++];
    *fresh = (struct node){.required = required};
    memcpy(fresh->name, name, n);
    *at = fresh;
    return fresh;
}

/* What a search engine calls a leaf that is no field of the table. */
static const char *engine_of_leaf(const char *leaf) {
    if (strcmp(leaf, TIME) == 0)
        return "date_nanos"; /* `date` keeps milliseconds only */
    if (strstr(leaf, "\"object\""))
        return "flat_object"; /* keys that are data, lists of objects */
    if (strstr(leaf, "\"integer\""))
        return "long";
    if (strstr(leaf, "\"number\""))
        return "double";
    return strstr(leaf, "\"boolean\"") || strstr(leaf, "true}") ? "boolean" : "keyword";
}

static struct node *add(struct tree *t, const char *path, const char *leaf, const char *describe) {
    struct node *at = t->root;
    while (*path) {
        bool required = *path == '!';
        path += required;
        size_t n = strcspn(path, ".");
        at = child_of(t, at, path, n, required);
        path += n + (path[n] == '.');
    }
    at->leaf = leaf;
    at->describe = describe;
    at->engine = engine_of_leaf(leaf);
    return at;
}

static const char *leaf_of(const struct sk_field_info *f) {
    static const char *const one[] = {[SK_T_KEYWORD] = TEXT,
                                      [SK_T_IP] = "{\"type\":\"string\",\"minLength\":2,\"maxLength\":45}",
                                      [SK_T_LONG] = "{\"type\":\"integer\"}",
                                      [SK_T_FLOAT] = "{\"type\":\"number\"}",
                                      [SK_T_BOOL] = "{\"type\":\"boolean\"}",
                                      [SK_T_DATE] = TIME};
    if (f->many == SK_M_LIST && f->type == SK_T_LONG)
        return "{\"type\":\"array\",\"maxItems\":32,\"minItems\":1,\"items\":{\"type\":\"integer\"}}";
    return f->many == SK_M_LIST ? "{\"type\":\"array\",\"maxItems\":32,\"minItems\":1,\"items\":" TEXT "}"
                                : one[f->type];
}

static void put_required(sk_json *o, const struct node *n) {
    sk_json *required = sk_json_new_array();
    for (const struct node *c = n->child; c; c = c->next)
        if (c->required)
            sk_json_add_text(required, c->name);
    if (sk_json_size(required))
        sk_json_put(o, "required", required);
    else
        sk_json_free(required);
}

/* What may stand where. Depth is bounded by the number of dots in our own field names. */
static sk_json *emit(const struct node *n, bool strict) {
    if (n->leaf) {
        sk_json *v = schema_of(n->leaf);
        if (n->describe)
            sk_json_put_text(v, "description", n->describe);
        return v;
    }
    sk_json *o = sk_json_new_object();
    sk_json_put_text(o, "type", "object");
    if (strict)
        sk_json_put_bool(o, "additionalProperties", false);
    sk_json *properties = sk_json_new_object();
    for (const struct node *c = n->child; c; c = c->next)
        sk_json_put(properties, c->name, emit(c, strict));
    sk_json_put(o, "properties", properties);
    return o;
}

/* What must be there. */
static sk_json *emit_required(const struct node *n) {
    sk_json *o = sk_json_new_object(), *properties = sk_json_new_object();
    put_required(o, n);
    for (const struct node *c = n->child; c; c = c->next)
        if (c->child)
            sk_json_put(properties, c->name, emit_required(c));
    if (sk_json_size(properties))
        sk_json_put(o, "properties", properties);
    else
        sk_json_free(properties);
    return o;
}

/* What must be there and, of the summary, all that may be. */
static sk_json *emit_whole(const struct node *n) {
    if (n->leaf)
        return schema_of(n->leaf);
    sk_json *o = sk_json_new_object(), *properties = sk_json_new_object();
    sk_json_put_bool(o, "additionalProperties", false);
    put_required(o, n);
    for (const struct node *c = n->child; c; c = c->next)
        sk_json_put(properties, c->name, emit_whole(c));
    sk_json_put(o, "properties", properties);
    return o;
}

/* The fixed part and every field of the table, in one tree. */
static const struct node *alert_tree(void) {
    static struct tree t; /* main thread only */
    t = (struct tree){.used = 1};
    t.root = &t.pool[0];
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        add(&t, fixed[i].path, fixed[i].schema, NULL);
    for (size_t i = 0; i < sizeof summary / sizeof *summary; i++)
        if (strncmp(summary[i].path, "!sekimori.!summary.", 19) == 0) {
            char path[64];
            snprintf(path, sizeof path, "sekimori.summary.%s", summary[i].path + 19 + (summary[i].path[19] == '!'));
            add(&t, path, summary[i].schema, NULL);
        }
    for (unsigned f = 1; f < SKF_COUNT; f++) {
        const struct sk_field_info *info = &sk_fields[f];
        char path[160];
        if (info->many > SK_M_LIST || ecs_place((enum sk_field_id)f) == ECS_ELSEWHERE)
            continue;
        snprintf(path, sizeof path, "%s%s", ecs_place((enum sk_field_id)f) == ECS_TOP ? "" : "!sekimori.!facts.",
                 info->name);
        struct node *leaf = add(&t, path, leaf_of(info), info->text);
        if (info->type == SK_T_IP)
            leaf->engine = "ip";
        snprintf(path, sizeof path, "!sekimori.grown.%s", info->name);
        add(&t, path, "{\"type\":\"array\",\"minItems\":1,\"maxItems\":32,\"items\":" TEXT "}", NULL);
    }
    return t.root;
}

static const struct node *summary_tree(void) {
    static struct tree t; /* main thread only */
    t = (struct tree){.used = 1};
    t.root = &t.pool[0];
    for (size_t i = 0; i < sizeof summary / sizeof *summary; i++)
        add(&t, summary[i].path, summary[i].schema, NULL);
    return t.root;
}

/* Where event.kind says so a summary, an alert else. */
static sk_json *either(bool strict) {
    sk_json *o = sk_json_new_object(), *alert = emit_required(alert_tree());
    const struct node *end = summary_tree();
    sk_json_put(
        o, "if",
        schema_of("{\"required\":[\"event\"],\"properties\":{\"event\":{\"required\":[\"kind\"],\"properties\":{"
                  "\"kind\":{\"const\":\"metric\"}}}}}"));
    sk_json_put(o, "then", strict ? emit_whole(end) : emit_required(end));
    sk_json_put(alert, "properties.event.properties.action", schema_of("{\"enum\":[\"open\",\"update\",\"close\"]}"));
    sk_json_put(alert, "properties.event.properties.dataset", schema_of("{\"const\":\"sekimori.alert\"}"));
    sk_json_put(alert, "properties.sekimori.properties.summary", schema_of("false"));
    sk_json_put(o, "else", alert);
    return o;
}

/* Like emit(), for the mapping of a search engine. */
static sk_json *emit_mapping(const struct node *n) {
    sk_json *o = sk_json_new_object();
    if (n->leaf) {
        sk_json_put_text(o, "type", n->engine);
        return o;
    }
    sk_json *properties = sk_json_new_object();
    for (const struct node *c = n->child; c; c = c->next)
        sk_json_put(properties, c->name, emit_mapping(c));
    sk_json_put(o, "properties", properties);
    return o;
}

char *sk_alert_opensearch(void) {
    sk_json *o = sk_json_new_object(), *patterns = sk_json_new_array(), *mappings = emit_mapping(alert_tree());
    sk_json_add_text(patterns, "sekimori-alerts*");
    sk_json_put(o, "index_patterns", patterns);
    sk_json_put(o, "data_stream", sk_json_new_object());
    sk_json_put_int(o, "priority", 200);
    sk_json_put_int(o, "template.settings.index.mapping.total_fields.limit", 2000);
    sk_json_put_bool(mappings, "dynamic", false);
    sk_json_put(o, "template.mappings", mappings);
    char *text = sk_json_line(o);
    sk_json_free(o);
    return text;
}

char *sk_alert_schema(bool strict) {
    sk_json *body = emit(alert_tree(), strict), *o = sk_json_new_object();
    sk_json_put_text(o, "$schema", "https://json-schema.org/draft/2020-12/schema");
    sk_json_put_text(o, "$id", "https://sekimori.invalid/schema/sekimori-alert-1.schema.json");
    sk_json_put_text(o, "title", strict ? "sekimori alert, schema major 1, strict" : "sekimori alert, schema major 1");
    sk_json_put_text(o, "description",
                     "One JSON object a line, UTF-8, LF. ECS names except below sekimori. Adding a field is a minor "
                     "change; renaming, "
                     "removing or re-typing one is a major change.");
    sk_json *list = sk_json_new_array();
    sk_json_add(list, body);
    sk_json_add(list, either(strict));
    sk_json_put(o, "allOf", list);
    char *text = sk_json_line(o);
    sk_json_free(o);
    return text;
}
