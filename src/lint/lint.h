#pragma once

// `tocsin check`'s eye for what loads and yet will not page: all checks over one subject. Pure.

#include "lint/finding.h"
#include "lint/subject.h"

namespace tocsin::lint {

Findings Check(const Subject& subject);

}  // namespace tocsin::lint
