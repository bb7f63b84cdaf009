#include "gotemplate/html_attributes.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <string>

namespace tocsin::gotemplate {
namespace {

struct Known {
  std::string_view name;
  AttrContent content;
};

// In order of names. Plain ones are listed where the rules for unknown names would say otherwise.
constexpr std::array kKnown{
    Known{"accept-charset", AttrContent::kUnsafe},
    Known{"action", AttrContent::kUrl},
    Known{"archive", AttrContent::kUrl},
    Known{"async", AttrContent::kUnsafe},
    Known{"background", AttrContent::kUrl},
    Known{"challenge", AttrContent::kUnsafe},
    Known{"charset", AttrContent::kUnsafe},
    Known{"cite", AttrContent::kUrl},
    Known{"classid", AttrContent::kUrl},
    Known{"codebase", AttrContent::kUrl},
    Known{"content", AttrContent::kUnsafe},
    Known{"crossorigin", AttrContent::kUnsafe},
    Known{"data", AttrContent::kUrl},
    Known{"defer", AttrContent::kUnsafe},
    Known{"enctype", AttrContent::kUnsafe},
    Known{"form", AttrContent::kUnsafe},
    Known{"formaction", AttrContent::kUrl},
    Known{"formenctype", AttrContent::kUnsafe},
    Known{"formmethod", AttrContent::kUnsafe},
    Known{"href", AttrContent::kUrl},
    Known{"http-equiv", AttrContent::kUnsafe},
    Known{"icon", AttrContent::kUrl},
    Known{"keytype", AttrContent::kUnsafe},
    Known{"language", AttrContent::kUnsafe},
    Known{"longdesc", AttrContent::kUrl},
    Known{"manifest", AttrContent::kUrl},
    Known{"method", AttrContent::kUnsafe},
    Known{"novalidate", AttrContent::kUnsafe},
    Known{"pattern", AttrContent::kUnsafe},
    Known{"poster", AttrContent::kUrl},
    Known{"profile", AttrContent::kUrl},
    Known{"rel", AttrContent::kUnsafe},
    Known{"sandbox", AttrContent::kUnsafe},
    Known{"src", AttrContent::kUrl},
    Known{"srcdoc", AttrContent::kHtml},
    Known{"srclang", AttrContent::kPlain},
    Known{"srcset", AttrContent::kSrcset},
    Known{"style", AttrContent::kCss},
    Known{"type", AttrContent::kUnsafe},
    Known{"usemap", AttrContent::kUrl},
    Known{"value", AttrContent::kUnsafe},
    Known{"xmlns", AttrContent::kUrl},
};

constexpr std::array<std::string_view, 19> kJsTypes{"application/ecmascript",
                                                    "application/javascript",
                                                    "application/json",
                                                    "application/ld+json",
                                                    "application/x-ecmascript",
                                                    "application/x-javascript",
                                                    "module",
                                                    "text/ecmascript",
                                                    "text/javascript",
                                                    "text/javascript1.0",
                                                    "text/javascript1.1",
                                                    "text/javascript1.2",
                                                    "text/javascript1.3",
                                                    "text/javascript1.4",
                                                    "text/javascript1.5",
                                                    "text/jscript",
                                                    "text/livescript",
                                                    "text/x-ecmascript",
                                                    "text/x-javascript"};

bool Contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace

AttrContent AttributeContent(std::string_view name) {
  if (name.starts_with("data-")) {
    // The rules below hold for an author's own attributes as well: data-action is a URL.
    name.remove_prefix(5);
  } else if (std::size_t colon = name.find(':'); colon != std::string_view::npos) {
    if (name.substr(0, colon) == "xmlns") return AttrContent::kUrl;
    name.remove_prefix(colon + 1);  // svg:href is an href.
  }
  auto it = std::lower_bound(kKnown.begin(), kKnown.end(), name,
                             [](const Known& known, std::string_view n) { return known.name < n; });
  if (it != kKnown.end() && it->name == name) return it->content;
  if (name.starts_with("on")) return AttrContent::kJs;
  if (Contains(name, "src") || Contains(name, "uri") || Contains(name, "url")) {
    return AttrContent::kUrl;
  }
  return AttrContent::kPlain;
}

bool IsJsType(std::string_view mime_type) {
  std::string type = AsciiLower(TrimSpace(mime_type.substr(0, mime_type.find(';'))));
  return std::find(kJsTypes.begin(), kJsTypes.end(), type) != kJsTypes.end();
}

}  // namespace tocsin::gotemplate
