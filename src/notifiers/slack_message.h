#pragma once

// The body of a Slack message: the configured fields, expanded, as the JSON that Slack takes.
// Immutable after construction.

#include "config/config.h"
#include "notifiers/field_templates.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::notifiers {

class SlackMessage {
 public:
  SlackMessage(const config::SlackConfig& config, FieldCompiler* compiler);

  // The message to edit; both parts come from Slack's answer to the post.
  struct Posted {
    std::string_view channel, timestamp;
  };
  // A template's error is kept by `expand`.
  std::string Body(FieldExpander& expand, const std::optional<Posted>& edited) const;
  std::string Channel(FieldExpander& expand) const;

 private:
  // A string key of the JSON and the template that fills it.
  struct Entry {
    std::string_view key;
    CompiledTemplate value;
  };
  struct Field {
    CompiledTemplate title, value;
    bool is_short = false;
  };
  struct Action {
    std::vector<Entry> entries, confirm;  // Empty ones are left out of the JSON.
  };

  void AppendAttachment(FieldExpander& expand, std::string* out) const;

  CompiledTemplate channel_, message_text_, title_;
  std::vector<Entry> head_;  // Of the message, left out when empty.
  bool link_names_ = false;
  CompiledTemplate title_link_, pretext_, text_, fallback_, callback_id_;
  CompiledTemplate image_url_, thumb_url_, footer_, color_;
  std::vector<Field> fields_;
  std::vector<Action> actions_;
  std::vector<std::string> mrkdwn_in_;
};

}  // namespace tocsin::notifiers
