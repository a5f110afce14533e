#include "api/form.h"

#include <fmt/format.h>

#include <algorithm>

namespace berth::api {
namespace {

constexpr std::string_view kFormType = "application/x-www-form-urlencoded";

bool is_form(std::string_view content_type) {
  const std::string_view type = content_type.substr(0, content_type.find(';'));
  const auto end = type.find_last_not_of(' ');
  return end != std::string_view::npos && type.substr(0, end + 1) == kFormType;
}

}  // namespace

Task<Result<Query>> read_form(http::Exchange& exchange, AskAgain ask_again,
                              std::initializer_list<std::string_view> repeatable) {
  if (!is_form(exchange.request().header("Content-Type").value_or(""))) {
    co_return fail(Code::kInvalidRequest,
                   fmt::format("The body must be a form: Content-Type: {}.", kFormType));
  }
  CO_TRY_ASSIGN(const std::string body,
                co_await read_body(exchange, kMaxFormBytes, "A form", std::move(ask_again)));
  CO_TRY_ASSIGN(Query form, Query::parse(form_text(body)));
  for (const std::string_view name : form.names()) {
    const bool may = std::find(repeatable.begin(), repeatable.end(), name) != repeatable.end();
    if (!may && form.all(name).size() > 1) {
      co_return fail(Error(Code::kInvalidRequest, "A parameter of the form is there twice.")
                         .with("parameter", std::string(name.substr(0, 64))));
    }
  }
  co_return form;
}

}  // namespace berth::api
