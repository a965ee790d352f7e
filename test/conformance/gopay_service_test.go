package conformance

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/go-pay/gopay"
	wechat "github.com/go-pay/gopay/wechat/v3"
)

// rich puts money into the merchant's account, for transfers.
func (c *scene) rich() error {
	return c.sim.try("POST", "/merchants/"+c.Shop.MchID+"/money/move", map[string]any{"account": "BASIC", "amount": 1_000_000}, nil)
}

func (g *gopayV3) transfers() []trial {
	send := func(scene string) (*wechat.TransferBills, error) {
		rsp, err := g.client.V3TransferBills(g.ctx, make(gopay.BodyMap).Set("appid", g.Account.AppID).Set("out_bill_no", g.number("gtr")).Set("transfer_scene_id", scene).Set("openid", g.OpenID).Set("transfer_amount", 5000).
			Set("transfer_remark", "七月佣金").Set("notify_url", g.Dev+"/transfer").
			Set("transfer_scene_report_infos", []gopay.BodyMap{make(gopay.BodyMap).Set("info_type", "岗位类型").Set("info_content", "团长"), make(gopay.BodyMap).Set("info_type", "报酬说明").Set("info_content", "七月佣金")}))
		if err := said(rsp, err); err != nil {
			return nil, err
		}
		return rsp.Response, nil
	}
	sent := func() (*wechat.TransferBills, error) {
		if err := g.rich(); err != nil {
			return nil, err
		}
		return send("1005")
	}
	base := "/v3/fund-app/mch-transfer/transfer-bills"
	return []trial{
		{Call: "POST " + base, Code: "NO_AUTH", Good: func() error {
			r, err := sent()
			if err != nil {
				return err
			}
			if err := g.sim.try("POST", "/people/"+g.Lin+"/transfers/"+r.TransferBillNo+"/accept", map[string]any{}, nil); err != nil {
				return err
			}
			n, err := g.toldAt("/transfer")
			if err != nil {
				return err
			}
			told, err := n.DecryptTransferBillsNotifyCipherText(g.Shop.APIv3Key)
			if err != nil {
				return err
			}
			return check(n.EventType == "MCHTRANSFER.BILL.FINISHED" && told.State == "SUCCESS" && told.TransferBillNo == r.TransferBillNo, "the notice is %s %+v", n.EventType, told)
		}, Bad: func() error { return fails(send("9")) }},
		{Call: "GET " + base + "/out-bill-no/{no}", Code: "NOT_FOUND", Good: func() error {
			r, err := sent()
			if err != nil {
				return err
			}
			return said(g.client.V3TransferBillsMerchantQuery(g.ctx, r.OutBillNo))
		}, Bad: func() error { return said(g.client.V3TransferBillsMerchantQuery(g.ctx, "neversent1")) }},
		{Call: "GET " + base + "/transfer-bill-no/{no}", Code: "NOT_FOUND", Good: func() error {
			r, err := sent()
			if err != nil {
				return err
			}
			return said(g.client.V3TransferBillsQuery(g.ctx, r.TransferBillNo))
		}, Bad: func() error {
			return said(g.client.V3TransferBillsQuery(g.ctx, "1330000071100999991182020050700019480001"))
		}},
		{Call: "POST " + base + "/out-bill-no/{no}/cancel", Code: "NOT_FOUND", Good: func() error {
			r, err := sent()
			if err != nil {
				return err
			}
			return said(g.client.V3TransferBillsCancel(g.ctx, r.OutBillNo))
		}, Bad: func() error { return said(g.client.V3TransferBillsCancel(g.ctx, "neversent1")) }},
	}
}

// complain is Lin's complaint of an order she paid; it gives the complaint's number.
func (g *gopayV3) complain(kind string) (string, error) {
	if _, err := g.paid(600); err != nil {
		return "", err
	}
	var wallet struct {
		Bills []struct {
			ID string `json:"id"`
		} `json:"bills"`
	}
	if err := g.sim.try("GET", "/people/"+g.Lin+"/wallet/bills?limit=1", nil, &wallet); err != nil {
		return "", err
	}
	body := map[string]any{"bill_id": wallet.Bills[0].ID, "type": kind, "detail": "茶叶受潮了", "phone": "13800138000"}
	if kind == "REFUND" {
		body["refund_amount"] = 600
	}
	var made struct {
		ID string `json:"id"`
	}
	return made.ID, errors.Join(g.sim.try("POST", "/people/"+g.Lin+"/complaints", body, &made))
}

func (g *gopayV3) complaints() []trial {
	c, base, never := g.client, "/v3/merchant-service/complaints-v2", "200201820200101080076610000"
	mine := func() gopay.BodyMap { return make(gopay.BodyMap).Set("complainted_mchid", g.Shop.MchID) }
	about := func(kind string, f func(id string) error) func() error {
		return func() error {
			id, err := g.complain(kind)
			if err != nil {
				return err
			}
			return f(id)
		}
	}
	list := func(begin, end string) (*wechat.ComplaintList, error) {
		rsp, err := c.V3ComplaintList(g.ctx, make(gopay.BodyMap).Set("begin_date", begin).Set("end_date", end).Set("limit", 50).Set("offset", 0))
		if err := said(rsp, err); err != nil {
			return nil, err
		}
		return rsp.Response, nil
	}
	respond := func(id, words string) error {
		return said(c.V3ComplaintResponse(g.ctx, id, mine().Set("response_content", words)))
	}
	upload := func(sum string) error {
		return said(c.V3ComplaintUploadImage(g.ctx, "a.png", sum, &gopay.File{Name: "a.png", Content: picture()}))
	}
	sum := sha256.Sum256(picture())
	return []trial{
		{Call: "POST /v3/merchant-service/complaint-notifications", Code: "PARAM_ERROR", Good: func() error { return said(c.V3ComplaintNotifyUrlCreate(g.ctx, g.Dev+"/complaints")) }, Bad: func() error { return said(c.V3ComplaintNotifyUrlCreate(g.ctx, "nowhere")) }},
		{Call: "GET /v3/merchant-service/complaint-notifications", Code: "SIGN_ERROR", Good: func() error { return said(c.V3ComplaintNotifyUrlQuery(g.ctx)) }, Bad: g.forge(func(c *wechat.ClientV3) error { return said(c.V3ComplaintNotifyUrlQuery(g.ctx)) })},
		{Call: "PUT /v3/merchant-service/complaint-notifications", Code: "PARAM_ERROR", Good: func() error { return said(c.V3ComplaintNotifyUrlUpdate(g.ctx, g.Dev+"/complaints")) }, Bad: func() error { return said(c.V3ComplaintNotifyUrlUpdate(g.ctx, "nowhere")) }},
		{Call: "→ COMPLAINT.CREATE", Good: about("OTHERS", func(id string) error {
			n, err := g.toldAt("/complaints")
			if err != nil {
				return err
			}
			var told struct {
				ID     string `json:"complaint_id"`
				Action string `json:"action_type"`
			}
			if err := n.DecryptCipherTextToStruct(g.Shop.APIv3Key, &told); err != nil {
				return err
			}
			return check(n.EventType == "COMPLAINT.CREATE" && told.ID == id && told.Action == "CREATE_COMPLAINT", "the notice is %s %+v", n.EventType, told)
		})},
		{Call: "GET " + base, Code: "INVALID_REQUEST", Good: about("OTHERS", func(id string) error {
			r, err := list(g.today(), g.today())
			if err != nil {
				return err
			}
			return check(r.TotalCount > 0, "the list is %+v", r)
		}), Bad: func() error { return fails(list("2020-01-01", "2020-12-31")) }},
		{Call: "GET " + base + "/{id}", Code: "RESOURCE_NOT_EXISTS", Good: about("OTHERS", func(id string) error {
			rsp, err := c.V3ComplaintDetail(g.ctx, id)
			if err := said(rsp, err); err != nil {
				return err
			}
			phone, err := c.V3DecryptText(rsp.Response.PayerPhone)
			return errors.Join(err, check(phone == "13800138000" && rsp.Response.ComplaintState == "PENDING", "the complaint is %+v", rsp.Response))
		}), Bad: func() error { return said(c.V3ComplaintDetail(g.ctx, never)) }},
		{Call: "GET " + base + "/{id}/negotiation-historys", Code: "RESOURCE_NOT_EXISTS", Good: about("OTHERS", func(id string) error {
			return said(c.V3ComplaintNegotiationHistory(g.ctx, id, make(gopay.BodyMap).Set("limit", 50)))
		}), Bad: func() error {
			return said(c.V3ComplaintNegotiationHistory(g.ctx, never, make(gopay.BodyMap).Set("limit", 50)))
		}},
		{Call: "POST " + base + "/{id}/response", Code: "PARAM_ERROR", Good: about("OTHERS", func(id string) error { return respond(id, "马上补发") }), Bad: about("OTHERS", func(id string) error { return respond(id, "") })},
		{Call: "POST " + base + "/{id}/complete", Code: "RESOURCE_NOT_EXISTS", Good: about("OTHERS", func(id string) error {
			return errors.Join(respond(id, "已补发"), said(c.V3ComplaintComplete(g.ctx, id, mine())))
		}), Bad: func() error { return said(c.V3ComplaintComplete(g.ctx, never, mine())) }},
		{Call: "POST " + base + "/{id}/update-refund-progress", Code: "PARAM_ERROR", Good: about("REFUND", func(id string) error {
			return said(c.V3ComplaintUpdateRefundProgress(g.ctx, id, make(gopay.BodyMap).Set("action", "REJECT").Set("reject_reason", "已签收")))
		}), Bad: about("REFUND", func(id string) error {
			return said(c.V3ComplaintUpdateRefundProgress(g.ctx, id, make(gopay.BodyMap).Set("action", "PERHAPS")))
		})},
		{Call: "POST /v3/merchant-service/images/upload", Code: "PARAM_ERROR", Good: func() error { return upload(hex.EncodeToString(sum[:])) }, Bad: func() error { return upload(fmt.Sprintf("%064d", 0)) }},
		{Call: "DELETE /v3/merchant-service/complaint-notifications", Code: "SIGN_ERROR", Good: func() error { return said(c.V3ComplaintNotifyUrlDelete(g.ctx)) }, Bad: g.forge(func(c *wechat.ClientV3) error { return said(c.V3ComplaintNotifyUrlDelete(g.ctx)) })},
	}
}

// abnormal is a refund that came to nothing because the buyer's account took no money, and is then paid out otherwise.
func (g *gopayV3) abnormal() []trial {
	outcome := func(want string) error {
		return g.sim.try("POST", "/people/"+g.Lin+"/money", map[string]any{"refund_outcome": want}, nil)
	}
	apply := func(id, number string) error {
		return said(g.client.V3AbnormalRefund(g.ctx, id, make(gopay.BodyMap).Set("out_refund_no", number).Set("type", "MERCHANT_BANK_CARD")))
	}
	return []trial{{Call: "POST /v3/refund/domestic/refunds/{no}/apply-abnormal-refund", Code: "RESOURCE_NOT_EXISTS", Good: func() error {
		done, err := g.paid(500)
		if err != nil {
			return err
		}
		if err := outcome("ABNORMAL"); err != nil {
			return err
		}
		defer outcome("")
		body := g.refund(done, 500).Set("notify_url", g.Dev+"/abnormal")
		rsp, err := g.client.V3Refund(g.ctx, body)
		if err := said(rsp, err); err != nil {
			return err
		}
		n, err := g.toldAt("/abnormal")
		if err != nil {
			return err
		}
		if err := check(n.EventType == "REFUND.ABNORMAL", "the notice is %s", n.EventType); err != nil {
			return err
		}
		return apply(rsp.Response.RefundId, body.GetString("out_refund_no"))
	}, Bad: func() error { return apply("50000000382019052709732678859", "never-refunded") }}}
}
