#include "api/queries.h"

namespace tocsin::api {

void HandleQuery(const ExchangePtr& exchange) {
  exchange->options().query(exchange->request(), [exchange](QueryAnswer answer) {
    if (answer) return exchange->Answer(*std::move(answer));
    exchange->AnswerError(answer.error().status, answer.error().message);
  });
}

}  // namespace tocsin::api
