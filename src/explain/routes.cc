#include "explain/routes.h"

#include "base/text.h"
#include "model/matcher.h"

namespace tocsin::explain {
namespace {

class Walk {
 public:
  Walk(const std::vector<history::Route>& routes, const model::LabelSet& alert)
      : routes_(routes), alert_(alert), children_(routes.size()) {
    for (std::size_t i = 1; i < routes.size(); ++i) {
      if (routes[i].parent < i) children_[routes[i].parent].push_back(i);
    }
  }

  std::vector<RouteTried> Go() && {
    if (!routes_.empty()) Try(0, 0);
    return std::move(tried_);
  }

 private:
  // Whether the route, or one below it, takes the alert.
  bool Try(std::size_t index, int depth) {
    const std::size_t mine = tried_.size();
    tried_.push_back({index, depth, false, false, WhyNot(routes_[index])});
    if (!tried_[mine].why_not.empty()) return false;
    tried_[mine].matched = true;
    bool below = false;
    for (const std::size_t child : children_[index]) {
      const bool took = Try(child, depth + 1);
      below = below || took;
      if (took && !routes_[child].continue_matching) break;
    }
    tried_[mine].taken = !below;
    return true;
  }

  // The first matcher that does not match; empty: all do.
  std::string WhyNot(const history::Route& route) const {
    for (const model::MatcherText& text : route.matchers) {
      const auto matcher = model::Matcher::Create(text.name, text.op, text.value);
      if (!matcher) return text.name + ": " + matcher.error().message;
      if (matcher->Matches(alert_)) continue;
      const std::string_view value = alert_.Get(text.name);
      return matcher->ToString() +
             (value.empty() ? " (there is none)" : " (it is " + GoQuote(value) + ")");
    }
    return {};
  }

  const std::vector<history::Route>& routes_;
  const model::LabelSet& alert_;
  std::vector<std::vector<std::size_t>> children_;
  std::vector<RouteTried> tried_;
};

}  // namespace

std::vector<RouteTried> TryRoutes(const std::vector<history::Route>& routes,
                                  const model::LabelSet& alert) {
  return Walk(routes, alert).Go();
}

}  // namespace tocsin::explain
