#pragma once

// Appends JSON to a string. The caller keeps the structure right (asserted in debug builds); commas
// are placed here. Strings are escaped as Go's encoding/json does (also < > & U+2028 U+2029),
// invalid UTF-8 becomes U+FFFD. Not thread-safe; holds a pointer to the caller's string.

#include <cstdint>
#include <string>
#include <string_view>

namespace tocsin {

void AppendJsonString(std::string_view text, std::string* out);
// Shortest digits that round-trip, in Go's format for JSON numbers. Precondition: finite.
void AppendJsonNumber(double value, std::string* out);

class JsonWriter {
 public:
  explicit JsonWriter(std::string* out) : out_(out) {}

  JsonWriter& BeginObject();
  JsonWriter& EndObject();
  JsonWriter& BeginArray();
  JsonWriter& EndArray();
  JsonWriter& Key(std::string_view key);
  JsonWriter& String(std::string_view value);
  JsonWriter& Int(std::int64_t value);
  JsonWriter& Double(double value);
  JsonWriter& Bool(bool value);
  JsonWriter& Null();
  // Already JSON, inserted as it is.
  JsonWriter& Raw(std::string_view json);
  // A string of what `append(std::string*)` appends, which needs no escapes.
  template <class Append>
  JsonWriter& Quoted(Append append) {
    Raw("\"");
    append(out_);
    *out_ += '"';
    return *this;
  }
  // As Key; `key` is a constant that needs no escapes.
  JsonWriter& PlainKey(std::string_view key);

 private:
  void Separate();

  std::string* out_;
  bool need_comma_ = false;
};

}  // namespace tocsin
