#pragma once

// Port: the further Alertmanagers that get the alerts of rules. src/datasource implements it over
// HTTP. Core thread only.

#include "model/alert.h"

#include <span>

namespace tocsin::core {

class AlertForwarder {
 public:
  virtual ~AlertForwarder() = default;
  // Takes the alerts for all of them. Rules send each again while it lasts, so that what is lost
  // here comes again. Never blocks.
  virtual void Forward(std::span<const model::AlertPtr> alerts) = 0;
};

}  // namespace tocsin::core
