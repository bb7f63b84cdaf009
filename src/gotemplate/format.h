#pragma once

// Go's fmt: Print, Println and Printf of template values, appended to a string.

#include "gotemplate/format_verbs.h"
#include "gotemplate/value.h"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace tocsin::gotemplate {

class Formatter {
 public:
  // Stops soon after `out` has grown beyond `limit` bytes. Values may read their parts into
  // `arena`.
  Formatter(std::string* out, std::size_t limit, Arena* arena)
      : out_(out), limit_(limit), arena_(arena) {}

  // Spaces between operands when neither is a string.
  void Print(std::span<const Value> args);
  void Println(std::span<const Value> args);
  void Printf(std::string_view format, std::span<const Value> args);
  // One value as %v shows it; nil is `<nil>`.
  void PrintOne(const Value& value) { PrintArgument(value, 'v'); }

  // True if something was left out: too much output, or values nested too deeply.
  bool exceeded() const { return exceeded_ || out_->size() > limit_; }

 private:
  struct ArgumentPosition;

  void Directive(std::string_view format, std::size_t* i, std::span<const Value> args,
                 ArgumentPosition* position);
  void ReadFlags(std::string_view format, std::size_t* i);
  void ReadWidth(std::string_view format, std::size_t* i, std::span<const Value> args,
                 ArgumentPosition* position);
  void ReadPrecision(std::string_view format, std::size_t* i, std::span<const Value> args,
                     ArgumentPosition* position);
  void Verb(char32_t verb, std::span<const Value> args, ArgumentPosition* position);
  void Extra(std::span<const Value> args);
  void Marker(char32_t verb, std::string_view text);

  void PrintArgument(const Value& value, char32_t verb);
  // `nested`: inside a list, map or struct.
  void PrintValue(const Value& value, char32_t verb, int depth);
  bool PrintMethod(const Value& value, char32_t verb);
  void PrintBool(const Value& value, char32_t verb);
  void PrintInteger(const Value& value, char32_t verb);
  void PrintFloat(double value, int bits, char32_t verb, const Value& whole);
  void PrintComplex(const Value& value, char32_t verb);
  void PrintString(const Value& value, std::string_view text, char32_t verb);
  bool PrintBytes(const Value& value, char32_t verb, int depth);
  void PrintList(const Value& value, char32_t verb, int depth);
  void PrintMap(const Value& value, char32_t verb, int depth);
  void PrintStruct(const Value& value, char32_t verb, int depth);
  void PrintPointer(const Value& value, char32_t verb, int depth);
  void PrintElement(const Value& value, const Type* static_type, char32_t verb, int depth);
  void BadVerb(const Value& value, char32_t verb);
  void Append(char32_t rune);

  std::string* out_;
  std::size_t limit_;
  Arena* arena_;
  FormatFlags flags_;
  bool exceeded_ = false;
  bool erroring_ = false;  // Inside %!verb(…): methods are not called.
};

}  // namespace tocsin::gotemplate
