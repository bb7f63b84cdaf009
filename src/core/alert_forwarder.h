#pragma once

// Port: the further Alertmanagers that get the alerts of rules. src/datasource implements it over
// HTTP. Core thread only.

#include "model/alert.h"

#include <span>
#include <string>

namespace tocsin::core {

// How a further Alertmanager takes alerts.
struct AlertTarget {
  enum class Answer {
    kNone,  // Nothing has been sent yet.
    kTaken,
    kRefused,  // It does not want what it was sent.
    kFailed,   // It cannot be reached, or is in trouble; it is tried again.
  };
  std::string url;  // Without credentials.
  Answer answer = Answer::kNone;
  std::string error;  // kRefused, kFailed
  bool operator==(const AlertTarget&) const = default;
};

class AlertForwarder {
 public:
  virtual ~AlertForwarder() = default;
  // Takes the alerts for all of them. Rules send each again while it lasts, so that what is lost
  // here comes again. Never blocks.
  virtual void Forward(std::span<const model::AlertPtr> alerts) = 0;
};

}  // namespace tocsin::core
