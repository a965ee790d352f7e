package main

import (
	"fmt"
	"strings"

	"github.com/shuke-commerce/shuke/internal/domain/aftersale"
	"github.com/shuke-commerce/shuke/internal/domain/deposit"
	"github.com/shuke-commerce/shuke/internal/domain/order"
	"github.com/shuke-commerce/shuke/internal/domain/payment"
	"github.com/shuke-commerce/shuke/internal/domain/payout"
	"github.com/shuke-commerce/shuke/internal/domain/promotion"
	"github.com/shuke-commerce/shuke/internal/domain/recon"
	"github.com/shuke-commerce/shuke/internal/domain/shipment"
	"github.com/shuke-commerce/shuke/internal/platform/states"
)

// subject is something that lives through states.
type subject struct {
	name, title, source string
	about               string
	table               []states.Transition
}

func subjects() []subject {
	return []subject{
		{"order", "Order · 订单", "internal/domain/order", "One order of one shop. What was refunded of it stands beside the state, in `refund_state`.", order.States()},
		{"payment", "Payment · 支付", "internal/domain/payment", "One payment of a buyer at the provider, for the orders of one or several shops.", payment.States()},
		{"payment-part", "Part of a payment · 支付分单", "internal/domain/payment", "What a payment means for one of its orders. A part is `late` when money came for an order that no longer wanted it; it is sent back by itself.", payment.PartStates()},
		{"refund", "Refund · 退款", "internal/domain/payment", "One refund at the provider. `abnormal` ones need a person, see [operations](../operations.md#abnormal-refunds--异常退款).", payment.RefundStates()},
		{"aftersale", "After-sale · 售后", "internal/domain/aftersale", "What a buyer wants back of an order: a refund (not shipped) or a return (shipped).", aftersale.States()},
		{"payout", "Payout · 打款", "internal/domain/payout", "What the market sends to a shop of what the shop has earned. What a payout asks for is reserved in the ledger until it is done or stopped.", payout.States()},
		{"deposit-hold", "Hold of a deposit · 保证金冻结", "internal/domain/deposit", "A part of a shop's deposit, frozen for a dispute.", deposit.HoldStates()},
		{"deposit-move", "Receipt or return of a deposit · 保证金收退", "internal/domain/deposit", "Money paid into a shop's deposit, or going back to the shop.", deposit.MoveStates()},
		{"shipment", "Parcel · 包裹", "internal/domain/shipment", "One parcel of an order. An order may leave in several.", shipment.States()},
		{"reconciliation", "Reconciliation of a day · 对账", "internal/domain/recon", "The comparison of one day of one account with the provider's bills. A round whose worker died is taken over by another.", recon.RunStates()},
		{"difference", "Difference · 对账差异", "internal/domain/recon", "One thing in which the provider's bill and we do not agree.", recon.States()},
		{"flash-sale", "Flash sale · 限时购", "internal/domain/promotion", "A price that some units of a SKU have for some time. People see an open one as planned or running, as the clock says.", promotion.States()},
	}
}

func statePages() []page {
	var out []page
	var index strings.Builder
	index.WriteString(generated + "# States · 状态\n\nEvery subject with a life has one table of steps in its room. A step is taken by `UPDATE … WHERE state = $from`, so of two rivals one wins and the other sees it. A test of each room checks that every state can be reached and leads to an end.\n\n| subject | states | table |\n|---|---|---|\n")
	for _, s := range subjects() {
		fmt.Fprintf(&index, "| [%s](%s.md) | %s | `%s` |\n", s.title, s.name, strings.Join(names(s.table), ", "), s.source)
		text := fmt.Sprintf("%s# %s\n\n%s\n\n```mermaid\n%s```\n\n| from | to | when |\n|---|---|---|\n", generated, s.title, s.about, states.Mermaid(s.table))
		for _, t := range s.table {
			text += fmt.Sprintf("| %s | %s | %s |\n", code(t.From), code(t.To), t.On)
		}
		text += fmt.Sprintf("\nThe table stands in `%s`.\n", s.source)
		out = append(out, page{"docs/states/" + s.name + ".md", text})
	}
	return append(out, page{"docs/states/README.md", index.String()})
}

// names lists the states of a table in the order they first appear.
func names(table []states.Transition) []string {
	var out []string
	seen := map[string]bool{}
	for _, t := range table {
		if !seen[t.To] {
			seen[t.To] = true
			out = append(out, code(t.To))
		}
	}
	return out
}

// code sets a state in code type; no state is the birth.
func code(state string) string {
	if state == "" {
		return "–"
	}
	return "`" + state + "`"
}
