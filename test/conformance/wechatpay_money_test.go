package conformance

import (
	"errors"
	"fmt"
	"io"

	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/core/option"
	"github.com/wechatpay-apiv3/wechatpay-go/services/payments"
	"github.com/wechatpay-apiv3/wechatpay-go/services/payments/jsapi"
	"github.com/wechatpay-apiv3/wechatpay-go/services/profitsharing"
)

// bills are asked for with the signed client and downloaded with one that does not verify: that answer is not signed.
func (o *official) bills() []trial {
	loader := o.made(core.NewClient(o.ctx, option.WithMerchantCredential(o.Shop.MchID, o.Shop.Serial, o.Shop.key(o.t)), option.WithoutValidator(), option.WithHTTPClient(o.sim.client())))
	fetch := func(path string) (*bill, error) {
		r, err := o.get(path)
		if err != nil {
			return nil, err
		}
		got, err := loader.Get(o.ctx, fmt.Sprint(r["download_url"]))
		if err != nil {
			return nil, err
		}
		defer got.Response.Body.Close()
		text, err := io.ReadAll(got.Response.Body)
		if err != nil {
			return nil, err
		}
		return readBill(text, fmt.Sprint(r["hash_type"]), fmt.Sprint(r["hash_value"]))
	}
	trade := func() error {
		b, err := fetch("/v3/bill/tradebill?bill_date=" + o.firstDay() + "&bill_type=ALL")
		if err != nil {
			return err
		}
		return b.reconcile()
	}
	return []trial{
		{Late: true, Call: "GET /v3/bill/tradebill", Code: "NO_STATEMENT_EXIST", Good: trade, Bad: func() error {
			_, err := o.get("/v3/bill/tradebill?bill_date=" + o.today())
			return err
		}},
		{Late: true, Call: "GET /v3/bill/fundflowbill", Code: "PARAM_ERROR", Good: func() error {
			b, err := fetch("/v3/bill/fundflowbill?bill_date=" + o.firstDay() + "&account_type=BASIC")
			if err != nil {
				return err
			}
			return check(len(b.rows) > 0 && b.summary["资金流水总笔数"] == fmt.Sprint(len(b.rows)), "%d rows, summary %v", len(b.rows), b.summary)
		}, Bad: func() error {
			_, err := o.get("/v3/bill/fundflowbill?bill_date=" + o.firstDay() + "&account_type=SAVINGS")
			return err
		}},
		{Late: true, Call: "GET /v3/billdownload/file", Code: "INVALID_REQUEST", Good: trade, Bad: func() error {
			_, err := loader.Get(o.ctx, mch+"/v3/billdownload/file?token=never-given")
			return err
		}},
	}
}

// splitter splits orders among receivers.
type splitter struct {
	*official
	orders    *profitsharing.OrdersApiService
	receivers *profitsharing.ReceiversApiService
	returns   *profitsharing.ReturnOrdersApiService
}

// frozen is a paid order whose money waits to be split, two minutes after the payment.
func (s *splitter) frozen() (*string, error) {
	r := s.order(s.number("ps"), 10_000)
	r.SettleInfo = &jsapi.SettleInfo{ProfitSharing: core.Bool(true)}
	made, _, err := (&jsapi.JsapiApiService{Client: s.client}).Prepay(s.ctx, r)
	if err != nil {
		return nil, err
	}
	if err := s.pay(*made.PrepayId); err != nil {
		return nil, err
	}
	var done payments.Transaction
	if _, err := s.told("/certificate", &done); err != nil {
		return nil, err
	}
	return done.TransactionId, s.advance("2m")
}

func (s *splitter) add() error {
	kind, relation := profitsharing.RECEIVERTYPE_MERCHANT_ID, profitsharing.RECEIVERRELATIONTYPE_PARTNER
	_, _, err := s.receivers.AddReceiver(s.ctx, profitsharing.AddReceiverRequest{Appid: &s.Account.AppID, Type: &kind, Account: &s.Second.MchID, Name: core.String("果然鲜"), RelationType: &relation})
	return err
}

func (s *splitter) split(transaction *string, amount int64, all bool) (*profitsharing.OrdersEntity, error) {
	kind := "MERCHANT_ID"
	r, _, err := s.orders.CreateOrder(s.ctx, profitsharing.CreateOrderRequest{Appid: &s.Account.AppID, TransactionId: transaction, OutOrderNo: core.String(s.number("split")), UnfreezeUnsplit: &all,
		Receivers: []profitsharing.CreateOrderReceiver{{Type: &kind, Account: &s.Second.MchID, Amount: &amount, Description: core.String("分给合作方")}}})
	return r, err
}

// done is an order of which a part went to the second merchant.
func (s *splitter) done() (*profitsharing.OrdersEntity, *string, error) {
	transaction, err := s.frozen()
	if err != nil {
		return nil, nil, err
	}
	r, err := s.split(transaction, 2000, false)
	if err != nil {
		return nil, nil, err
	}
	err = eventually("the split", func() bool {
		q, _, err := s.orders.QueryOrder(s.ctx, profitsharing.QueryOrderRequest{TransactionId: transaction, OutOrderNo: r.OutOrderNo})
		return err == nil && *q.State == profitsharing.ORDERSTATUS_FINISHED
	})
	return r, transaction, err
}

func (o *official) sharing() []trial {
	s := &splitter{o, &profitsharing.OrdersApiService{Client: o.client}, &profitsharing.ReceiversApiService{Client: o.client}, &profitsharing.ReturnOrdersApiService{Client: o.client}}
	giveBack := func(of *profitsharing.OrdersEntity, amount int64) (*profitsharing.ReturnOrdersEntity, error) {
		r, _, err := s.returns.CreateReturnOrder(s.ctx, profitsharing.CreateReturnOrderRequest{OutOrderNo: of.OutOrderNo, OutReturnNo: core.String(s.number("back")), ReturnMchid: &s.Second.MchID, Amount: &amount, Description: core.String("退回")})
		return r, err
	}
	return []trial{
		{Late: true, Call: "POST /v3/profitsharing/receivers/add", Code: "PARAM_ERROR", Good: s.add, Bad: func() error {
			kind, relation := profitsharing.RECEIVERTYPE_MERCHANT_ID, profitsharing.RECEIVERRELATIONTYPE_PARTNER
			_, _, err := s.receivers.AddReceiver(s.ctx, profitsharing.AddReceiverRequest{Appid: &s.Account.AppID, Type: &kind, Account: &s.Second.MchID, Name: core.String("别的名字"), RelationType: &relation})
			return err
		}},
		{Late: true, Call: "POST /v3/profitsharing/orders", Code: "RULE_LIMIT", Good: func() error { _, _, err := s.done(); return err }, Bad: func() error {
			transaction, err := s.frozen()
			if err != nil {
				return err
			}
			_, err = s.split(transaction, 3001, false)
			return err
		}},
		{Late: true, Call: "GET /v3/profitsharing/orders/{no}", Code: "RESOURCE_NOT_EXISTS", Good: func() error { _, _, err := s.done(); return err }, Bad: func() error {
			transaction, err := s.frozen()
			if err != nil {
				return err
			}
			_, _, err = s.orders.QueryOrder(s.ctx, profitsharing.QueryOrderRequest{TransactionId: transaction, OutOrderNo: core.String("never-split")})
			return err
		}},
		{Late: true, Call: "GET /v3/profitsharing/transactions/{id}/amounts", Code: "RESOURCE_NOT_EXISTS", Good: func() error {
			_, transaction, err := s.done()
			if err != nil {
				return err
			}
			r, _, err := (&profitsharing.TransactionsApiService{Client: s.client}).QueryOrderAmount(s.ctx, profitsharing.QueryOrderAmountRequest{TransactionId: transaction})
			if err != nil {
				return err
			}
			return check(*r.UnsplitAmount <= 8000 && *r.UnsplitAmount > 0, "unsplit is %d", *r.UnsplitAmount)
		}, Bad: func() error {
			_, _, err := (&profitsharing.TransactionsApiService{Client: s.client}).QueryOrderAmount(s.ctx, profitsharing.QueryOrderAmountRequest{TransactionId: core.String("4200000000000000000000000000")})
			return err
		}},
		{Late: true, Call: "POST /v3/profitsharing/orders/unfreeze", Code: "SIGN_ERROR", Good: func() error {
			transaction, err := s.frozen()
			if err != nil {
				return err
			}
			_, _, err = s.orders.UnfreezeOrder(s.ctx, profitsharing.UnfreezeOrderRequest{TransactionId: transaction, OutOrderNo: core.String(s.number("thaw")), Description: core.String("解冻")})
			return err
		}, Bad: o.signedWrongly("POST", "/v3/profitsharing/orders/unfreeze", map[string]any{"transaction_id": "1", "out_order_no": "1", "description": "解冻"})},
		{Late: true, Call: "POST /v3/profitsharing/return-orders", Code: "INVALID_REQUEST", Good: func() error {
			split, _, err := s.done()
			if err != nil {
				return err
			}
			return fails(giveBack(split, 500))
		}, Bad: func() error {
			split, _, err := s.done()
			if err != nil {
				return err
			}
			return fails(giveBack(split, 2001))
		}},
		{Late: true, Call: "GET /v3/profitsharing/return-orders/{no}", Code: "RESOURCE_NOT_EXISTS", Good: func() error {
			split, _, err := s.done()
			if err != nil {
				return err
			}
			back, err := giveBack(split, 500)
			if err != nil {
				return err
			}
			r, _, err := s.returns.QueryReturnOrder(s.ctx, profitsharing.QueryReturnOrderRequest{OutOrderNo: split.OutOrderNo, OutReturnNo: back.OutReturnNo})
			if err != nil {
				return err
			}
			return check(*r.Amount == 500, "the return is %v", r)
		}, Bad: func() error {
			_, _, err := s.returns.QueryReturnOrder(s.ctx, profitsharing.QueryReturnOrderRequest{OutOrderNo: core.String("never-split"), OutReturnNo: core.String("never-returned")})
			return err
		}},
		{Late: true, Call: "POST /v3/profitsharing/receivers/delete", Code: "PARAM_ERROR", Good: func() error { return s.remove(s.Second.MchID) }, Bad: func() error { return s.remove("") }},
		{Late: true, Call: "GET /v3/profitsharing/bills", Code: "NO_STATEMENT_EXIST", Bad: func() error {
			day := o.today()
			_, _, err := (&profitsharing.BillShipmentApiService{Client: s.client}).SplitBill(s.ctx, profitsharing.SplitBillRequest{BillDate: &day})
			return err
		}, Good: func() error {
			if err := errors.Join(s.add(), fails(s.frozenAndSplit())); err != nil {
				return err
			}
			s.sim.tomorrow(o.t)
			day := o.sim.now(o.t).AddDate(0, 0, -1).Format("2006-01-02")
			r, _, err := (&profitsharing.BillShipmentApiService{Client: s.client}).SplitBill(s.ctx, profitsharing.SplitBillRequest{BillDate: &day})
			if err != nil {
				return err
			}
			return check(*r.DownloadUrl != "" && string(*r.HashType) == "SHA1", "the answer is %v", r)
		}},
	}
}

func (s *splitter) frozenAndSplit() (*profitsharing.OrdersEntity, error) {
	r, _, err := s.done()
	return r, err
}

func (s *splitter) remove(account string) error {
	kind := profitsharing.RECEIVERTYPE_MERCHANT_ID
	return fails2(s.receivers.DeleteReceiver(s.ctx, profitsharing.DeleteReceiverRequest{Appid: &s.Account.AppID, Type: &kind, Account: &account}))
}

// fails2 gives only the error of a call that also gives two values.
func fails2[A, B any](_ A, _ B, err error) error { return err }
