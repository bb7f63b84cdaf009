#pragma once

// What a rule's template reads, without expanding it: for checks that hold it against what the rule
// will have. Pure.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::templates {

struct RuleTemplateUses {
  struct Use {
    std::string name;
    // In the author's text, both from 1; the column in bytes.
    int line = 0;
    int column = 0;
  };
  // `$labels.x`, `.Labels.x` and `index $labels "x"`, without those that the template also asks for
  // in a condition: it knows that they may be missing.
  std::vector<Use> labels;
  std::vector<Use> external_labels;
  // `query "up"` and `"up" | query`: the text of the query, which only the datasource will see.
  std::vector<Use> queries;
  // Where the value, or the answer of a query, is written; in conditions it does not count.
  std::optional<Use> value;
};

// Nothing, for a text that does not parse.
RuleTemplateUses UsesOf(std::string_view text);

}  // namespace tocsin::templates
