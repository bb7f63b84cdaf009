#pragma once

// What must not be kept of a request. Endpoints like to repeat in an error what they were sent, and
// their errors are logged, counted and written to the history.

#include "base/secret.h"

#include <string>
#include <string_view>
#include <vector>

namespace tocsin {

class Redaction {
 public:
  // One of less than six bytes is left alone: it would also hide innocent text, and say by that
  // what it is.
  void Add(std::string_view secret);
  // Where the name of a header or of a parameter says that its value is a credential. Of an
  // Authorization what follows the scheme, and the login that Basic has in it.
  void AddHeader(std::string_view name, std::string_view value);
  // A user and password, and parameters as above.
  void AddUrl(std::string_view url);

  bool empty() const { return secrets_.empty(); }

  // `<redacted>` in place of each, also where it is escaped for a URL or for JSON, or in base64.
  std::string Apply(std::string text) const;

 private:
  std::vector<Secret> secrets_;
};

}  // namespace tocsin
