#pragma once

// `/api/v2/silences` and `/api/v2/silence/{id}`.

#include "api/exchange.h"
#include "model/matcher.h"
#include "model/silence.h"
#include "net/request_target.h"

#include <string>
#include <string_view>
#include <vector>

namespace tocsin::api {

void GetSilences(const ExchangePtr& exchange);
// Answers when the silence is durable.
void PostSilences(const ExchangePtr& exchange);
void GetSilence(const ExchangePtr& exchange);
// The same.
void DeleteSilence(const ExchangePtr& exchange);

// Which silences a request asks for.
struct SilencesQuery {
  bool active = true;
  bool pending = true;
  bool expired = true;
  // The silence has the very same matcher, for each of them: a comparison of texts.
  model::Matchers filter;
};

Result<SilencesQuery> ParseSilencesQuery(const std::vector<net::QueryParam>& params,
                                         model::MatcherSyntax syntax);

// The JSON array: active ones that end first, pending ones that start first, expired ones that
// ended last.
std::string SerializeSilences(const std::vector<model::SilencePtr>& silences,
                              const SilencesQuery& query, Time now);

// 32 hexadecimal digits, with or without the dashes between them.
bool IsUuid(std::string_view text);

}  // namespace tocsin::api
