// Any text as a template: parsed, and printed as error messages quote it, or refused with a place.

#include "gotemplate/parser.h"
#include "templates/notification_functions.h"
#include "tests/fuzz/template_execution.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace {

using tocsin::gotemplate::ParsedText;

std::string Print(const ParsedText& parsed) {
  std::string text;
  for (const auto& [name, tree] : parsed.trees) AppendNode(*tree, &text);
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto* const functions = new auto(tocsin::templates::NotificationFunctions());
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto parsed = tocsin::gotemplate::ParseText("t", text, **functions);
  if (parsed) {
    Print(*parsed);
    return 0;
  }
  tocsin::fuzz::Check(parsed.error().message.starts_with("template: "));
  tocsin::fuzz::CheckPlace(parsed.error().place);
  return 0;
}
