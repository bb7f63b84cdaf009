#pragma once

// From the text of a template to its parse trees, one for each definition in it.

#include "gotemplate/function.h"
#include "gotemplate/node.h"
#include "gotemplate/template.h"

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace tocsin::gotemplate {

struct ParsedText {
  std::shared_ptr<const Source> source;
  // By template name; the text's own name is always among them.
  std::map<std::string, std::unique_ptr<ListNode>, std::less<>> trees;
};

// Deeper nesting of blocks and parentheses is an error, so that nothing that recurses over a tree
// can exhaust the stack.
inline constexpr int kMaxNesting = 1000;
// Beyond these, parsing takes more time and memory than anybody's template is worth.
inline constexpr std::size_t kMaxText = std::size_t{1} << 20;
inline constexpr int kMaxVariables = 2000;  // Declared in one definition.

tl::expected<ParsedText, ParseError> ParseText(std::string_view name, std::string_view text,
                                               const FunctionTable& functions);

}  // namespace tocsin::gotemplate
