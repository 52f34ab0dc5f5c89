/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SEKIMORI_SRC_ALERT_ECS_H
#define SEKIMORI_SRC_ALERT_ECS_H

#include "sekimori/field.h"

/** Where an event's field stands in an alert line. */
enum ecs_place {
    ECS_TOP,       /**< ECS has this name */
    ECS_FACTS,     /**< ours: under sekimori.facts */
    ECS_ELSEWHERE, /**< the line says it in a place of its own (times, certainty, frame, observer) */
};
enum ecs_place ecs_place(enum sk_field_id f);

#endif
