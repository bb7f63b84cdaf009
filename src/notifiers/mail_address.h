#pragma once

// Mail addresses as people write them (RFC 5322, with UTF-8 as in RFC 6532). Pure.

#include "base/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace tocsin::notifiers {

struct MailAddress {
  std::string name;     // Unquoted; often empty.
  std::string address;  // `local@domain`, as it goes into the envelope.
  bool operator==(const MailAddress&) const = default;
};

// `a@example.org, "Doe, Jane" <jane@example.org>, team: b@example.org, c@example.org;`. Never
// empty.
Result<std::vector<MailAddress>> ParseMailAddresses(std::string_view text);

}  // namespace tocsin::notifiers
