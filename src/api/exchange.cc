#include "api/exchange.h"

#include "api/cross_origin.h"
#include "base/json_writer.h"

#include <utility>

namespace tocsin::api {
namespace {

constexpr std::string_view kRetryAfterSeconds = "1";

std::string_view ErrorType(int status) {
  switch (status) {
    case 400:
      return "bad_data";
    case 404:
      return "not_found";
    case 503:
      return "unavailable";
    case 504:
      return "timeout";
    default:
      return "internal";
  }
}

HttpResponse ErrorResponse(Surface surface, int status, std::string_view message) {
  switch (surface) {
    case Surface::kAlertmanager:
      return JsonStringResponse(status, message);
    case Surface::kPrometheus:
      return EnvelopeErrorResponse(status, message);
    case Surface::kPlain:
      break;
  }
  return TextResponse(status, std::string(message) + "\n");
}

}  // namespace

void Permit::Release() {
  if (in_use_) in_use_->fetch_sub(1, std::memory_order_relaxed);
  in_use_.reset();
}

Exchange::Exchange(std::shared_ptr<const Options> options, Surface surface,
                   std::string_view handler, net::ServerRequest request, Respond respond,
                   Permit permit)
    : options_(std::move(options)),
      surface_(surface),
      handler_(handler),
      began_(MonotonicNow()),
      request_(std::move(request)),
      trusted_(IsTrustedOrigin(request_, options_->trusted_origins)),
      respond_(std::move(respond)),
      permit_(std::move(permit)) {}

void Exchange::Answer(HttpResponse response, net::ResponseClass response_class) {
  response.headers.push_back({"Cache-Control", "no-store"});
  if (surface_ == Surface::kAlertmanager) AddCrossOriginHeaders(request_, trusted(), &response);
  if (surface_ == Surface::kPrometheus) AddReadOnlyCrossOriginHeaders(request_, &response);
  // Before the client can see the answer and ask again.
  permit_.Release();
  options_->answered({handler_, request_.method, response.status, MonotonicNow() - began_,
                      response.Body().size(), surface_ == Surface::kPlain});
  respond_(std::move(response), response_class);
}

void Exchange::AnswerError(int status, std::string_view message) {
  Answer(ErrorResponse(surface_, status, message));
}

void Exchange::AnswerLater(std::string_view why) {
  HttpResponse response = ErrorResponse(surface_, 503, why);
  response.headers.push_back({"Retry-After", std::string(kRetryAfterSeconds)});
  Answer(std::move(response));
}

HttpResponse TextResponse(int status, std::string text) {
  return {status,
          {{"Content-Type", "text/plain; charset=utf-8"}, {"X-Content-Type-Options", "nosniff"}},
          std::move(text)};
}

HttpResponse JsonResponse(int status, std::string json) {
  return {status, {{"Content-Type", "application/json"}}, std::move(json)};
}

HttpResponse JsonStringResponse(int status, std::string_view message) {
  std::string json;
  AppendJsonString(message, &json);
  return JsonResponse(status, json + "\n");
}

HttpResponse CodeResponse(int code, std::string_view message) {
  std::string json;
  JsonWriter(&json).BeginObject().Key("code").Int(code).Key("message").String(message).EndObject();
  return JsonResponse(code < 600 ? code : 422, std::move(json));
}

HttpResponse EnvelopeErrorResponse(int status, std::string_view message) {
  std::string json;
  JsonWriter writer(&json);
  writer.BeginObject().Key("status").String("error");
  writer.Key("errorType").String(ErrorType(status)).Key("error").String(message).EndObject();
  return JsonResponse(status, std::move(json));
}

}  // namespace tocsin::api
