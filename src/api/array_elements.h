#pragma once

// Splits the text of a JSON array into its elements without reading them: so that one that is no
// JSON, or a comma that is missing, costs none of the good ones beside it. Pure; safe from any
// input; one step for each byte.

#include <cstddef>
#include <optional>
#include <string_view>

namespace tocsin::api {

class ArrayElements {
 public:
  explicit ArrayElements(std::string_view text);

  // Nothing where the text does not begin as an array does, or is over. The text of the next
  // element: up to the bracket that closes its first one; without brackets, up to the next one's,
  // its comma or the array's end; or to the end of the text. What follows the array is not looked
  // at.
  std::optional<std::string_view> Next();
  // Is what Next returned the first element, or was there a comma before it?
  bool separated() const { return separated_; }
  // Once Next has returned nothing: was the closing bracket there?
  bool closed() const { return closed_; }

 private:
  std::string_view rest_;
  bool is_array_ = false;
  bool first_ = true;
  bool separated_ = false;
  bool closed_ = false;
};

}  // namespace tocsin::api
