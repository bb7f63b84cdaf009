#include "api/page.h"

#include <string>

// Defined by page_assets.S.
extern "C" {
extern const char tocsin_page_index[], tocsin_page_index_end[];
extern const char tocsin_page_script[], tocsin_page_script_end[];
extern const char tocsin_page_style[], tocsin_page_style_end[];
extern const char tocsin_page_icon[], tocsin_page_icon_end[];
}

namespace tocsin::api {
namespace {

void AnswerAsset(const ExchangePtr& exchange, const char* type, const char* begin,
                 const char* end) {
  exchange->Answer({200,
                    {{"Content-Type", type},
                     {"Content-Security-Policy",
                      "default-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'"},
                     {"X-Content-Type-Options", "nosniff"}},
                    std::string(begin, end)});
}

}  // namespace

void GetPageIndex(const ExchangePtr& exchange) {
  AnswerAsset(exchange, "text/html; charset=utf-8", tocsin_page_index, tocsin_page_index_end);
}

void GetPageScript(const ExchangePtr& exchange) {
  AnswerAsset(exchange, "text/javascript; charset=utf-8", tocsin_page_script,
              tocsin_page_script_end);
}

void GetPageStyle(const ExchangePtr& exchange) {
  AnswerAsset(exchange, "text/css; charset=utf-8", tocsin_page_style, tocsin_page_style_end);
}

void GetPageIcon(const ExchangePtr& exchange) {
  AnswerAsset(exchange, "image/vnd.microsoft.icon", tocsin_page_icon, tocsin_page_icon_end);
}

}  // namespace tocsin::api
