package conformance

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/silenceper/wechat/v2/work/externalcontact"
	"github.com/silenceper/wechat/v2/work/message"
	"github.com/silenceper/wechat/v2/work/robot"
)

// workCalls is where customer contact has its calls.
const workCalls = "qyapi.weixin.qq.com/cgi-bin/externalcontact/"

// circle is what the trials of one company's customer groups hand on to each other.
type circle struct {
	*company
	chat, opengid, way, greeting string // of the customer group
	message, moment, link        string // 群发, 朋友圈, 获客链接
	leaver, bereft, orphan       string // who resigned, the customer left behind, the group left behind
}

// further is customer contact beyond the customer: groups, mailings, moments, links and hand-overs.
func (c *company) further() []trial {
	x := &circle{company: c}
	return slices.Concat(x.groups(), x.ways(), x.greetings(), x.mailings(), x.moments(), x.links(), x.apps(), x.handovers())
}

// room makes a customer group of one member of the staff, by hand as in the client.
func (c *circle) room(owner string, people ...string) (chat, opengid string, err error) {
	at := "/people/" + owner + "@" + c.id + "/rooms"
	var made struct {
		ID      string `json:"id"`
		Chat    string `json:"corp_chat_id"`
		OpenGID string `json:"opengid"`
	}
	if err := c.sim.try("POST", at, map[string]any{"people": people, "name": "茶友" + owner}, &made); err != nil {
		return "", "", err
	}
	err = c.sim.try("GET", at+"/"+made.ID, nil, &made)
	return made.Chat, made.OpenGID, err
}

func (c *circle) groups() []trial {
	x, day := c.contact, int(c.sim.now(c.t).Truncate(time.Hour).Unix())
	mine := externalcontact.OwnerFilter{UseridList: []string{"an"}}
	return []trial{
		{Call: workCalls + "groupchat/get", Code: "40050", Good: func() (err error) {
			if c.chat, c.opengid, err = c.room("an", c.Lin); err != nil {
				return err
			}
			r, err := x.GetGroupChatDetail(&externalcontact.GroupChatDetailRequest{ChatID: c.chat, NeedName: 1})
			if err != nil {
				return err
			}
			g := r.GroupChat
			return check(g.Owner == "an" && len(g.MemberList) == 2 && g.MemberList[1].UserID == c.customer && g.MemberList[1].Invitor.UserID == "an", "the group is %+v", g)
		}, Bad: func() error {
			return fails(x.GetGroupChatDetail(&externalcontact.GroupChatDetailRequest{ChatID: "wrnever"}))
		}},
		{Call: workCalls + "opengid_to_chatid", Code: "40058", Good: func() error {
			r, err := x.OpengIDToChatID(&externalcontact.OpengIDToChatIDRequest{OpengID: c.opengid})
			if err != nil {
				return err
			}
			return check(r.ChatID == c.chat, "the chat is %s, not %s", r.ChatID, c.chat)
		}, Bad: func() error {
			return fails(x.OpengIDToChatID(&externalcontact.OpengIDToChatIDRequest{OpengID: "never"}))
		}},
		{Call: workCalls + "groupchat/statistic", Code: "40063", Good: func() error {
			r, err := x.GetGroupChatStat(&externalcontact.GetGroupChatStatRequest{DayBeginTime: day, OwnerFilter: mine, OrderBy: 1, Limit: 100})
			if err != nil {
				return err
			}
			return check(r.Total == 1 && r.Items[0].Owner == "an" && r.Items[0].Data.NewChatCnt == 1, "the statistics are %+v", r)
		}, Bad: func() error {
			return fails(x.GetGroupChatStat(&externalcontact.GetGroupChatStatRequest{DayBeginTime: day, OrderBy: 1, Limit: 100}))
		}},
		{Call: workCalls + "groupchat/statistic_group_by_day", Code: "40058", Good: func() error {
			r, err := x.GetGroupChatStatByDay(&externalcontact.GetGroupChatStatByDayRequest{DayBeginTime: day, DayEndTime: day, OwnerFilter: mine})
			if err != nil {
				return err
			}
			return check(len(r) == 1 && r[0].Data.ChatTotal == 1, "the days are %+v", r)
		}, Bad: func() error {
			return fails(x.GetGroupChatStatByDay(&externalcontact.GetGroupChatStatByDayRequest{DayBeginTime: day - 400*86400, DayEndTime: day - 399*86400, OwnerFilter: mine}))
		}},
		{Call: workCalls + "get_user_behavior_data", Code: "40058", Good: func() error {
			return fails(x.GetUserBehaviorData(&externalcontact.GetUserBehaviorRequest{UserID: []string{"an"}, StartTime: day - 2*86400, EndTime: day - 86400}))
		}, Bad: func() error {
			return fails(x.GetUserBehaviorData(&externalcontact.GetUserBehaviorRequest{UserID: []string{"an"}, StartTime: day, EndTime: day - 86400}))
		}},
	}
}

func (c *circle) ways() []trial {
	x, never := c.contact, &externalcontact.JoinWayConfigRequest{ConfigID: "never"}
	return []trial{
		{Call: workCalls + "groupchat/add_join_way", Code: "40050", Good: func() error {
			r, err := x.AddJoinWay(&externalcontact.AddJoinWayRequest{Scene: 2, Remark: "门口", RoomBaseName: "茶友", RoomBaseID: 2, AutoCreateRoom: 1, ChatIDList: []string{c.chat}, State: "door"})
			if err != nil {
				return err
			}
			c.way = r.ConfigID
			return nil
		}, Bad: func() error {
			return fails(x.AddJoinWay(&externalcontact.AddJoinWayRequest{Scene: 2, ChatIDList: []string{"wrnever"}}))
		}},
		{Call: workCalls + "groupchat/update_join_way", Code: "41044", Good: func() error {
			return x.UpdateJoinWay(&externalcontact.UpdateJoinWayRequest{ConfigID: c.way, Scene: 2, ChatIDList: []string{c.chat}, State: "gate"})
		}, Bad: func() error {
			return x.UpdateJoinWay(&externalcontact.UpdateJoinWayRequest{ConfigID: "never", Scene: 2, ChatIDList: []string{c.chat}})
		}},
		{Call: workCalls + "groupchat/get_join_way", Code: "41044", Good: func() error {
			r, err := x.GetJoinWay(&externalcontact.JoinWayConfigRequest{ConfigID: c.way})
			if err != nil {
				return err
			}
			return check(r.JoinWay.State == "gate" && r.JoinWay.ChatIDList[0] == c.chat && r.JoinWay.QrCode != "", "the way is %+v", r.JoinWay)
		}, Bad: func() error { return fails(x.GetJoinWay(never)) }},
		{Call: workCalls + "groupchat/del_join_way", Code: "41044", Good: func() error {
			return x.DelJoinWay(&externalcontact.JoinWayConfigRequest{ConfigID: c.way})
		}, Bad: func() error { return x.DelJoinWay(never) }},
	}
}

func (c *circle) greetings() []trial {
	x, at, hello := c.contact, workCalls+"group_welcome_template/", externalcontact.MsgText{Content: "欢迎进群"}
	return []trial{
		{Call: at + "add", Code: "40007", Good: func() error {
			r, err := x.AddGroupWelcomeTemplate(&externalcontact.AddGroupWelcomeTemplateRequest{Text: hello, Link: &externalcontact.AttachmentLink{Title: "菜单", URL: "http://127.0.0.1/menu"}})
			if err != nil {
				return err
			}
			c.greeting = r.TemplateID
			return nil
		}, Bad: func() error {
			return fails(x.AddGroupWelcomeTemplate(&externalcontact.AddGroupWelcomeTemplateRequest{Text: hello, Image: &externalcontact.AttachmentImg{MediaID: "never"}}))
		}},
		{Call: at + "get", Code: "40058", Good: func() error {
			r, err := x.GetGroupWelcomeTemplate(&externalcontact.GetGroupWelcomeTemplateRequest{TemplateID: c.greeting})
			if err != nil {
				return err
			}
			return check(r.Text == hello && r.Link.Title == "菜单", "the greeting is %+v", r)
		}, Bad: func() error {
			return fails(x.GetGroupWelcomeTemplate(&externalcontact.GetGroupWelcomeTemplateRequest{TemplateID: "never"}))
		}},
		{Call: at + "edit", Code: "40058", Good: func() error {
			return x.EditGroupWelcomeTemplate(&externalcontact.EditGroupWelcomeTemplateRequest{TemplateID: c.greeting, Text: hello})
		}, Bad: func() error {
			return x.EditGroupWelcomeTemplate(&externalcontact.EditGroupWelcomeTemplateRequest{TemplateID: "never", Text: hello})
		}},
		{Call: at + "del", Code: "40058", Good: func() error {
			return x.DelGroupWelcomeTemplate(&externalcontact.DelGroupWelcomeTemplateRequest{TemplateID: c.greeting})
		}, Bad: func() error {
			return x.DelGroupWelcomeTemplate(&externalcontact.DelGroupWelcomeTemplateRequest{TemplateID: "never"})
		}},
	}
}

func (c *circle) mailings() []trial {
	x, now := c.contact, c.sim.now(c.t).Unix()
	links := []*externalcontact.Attachment{{MsgType: "link", Link: externalcontact.AttachmentLink{Title: "春茶", URL: "http://127.0.0.1/tea"}}}
	send := func(to string) (*externalcontact.AddMsgTemplateResponse, error) {
		return x.AddMsgTemplate(&externalcontact.AddMsgTemplateRequest{ChatType: "single", ExternalUserID: []string{to}, Sender: "an", Text: externalcontact.MsgText{Content: "春茶上市"}, Attachments: links})
	}
	return []trial{
		{Call: workCalls + "add_msg_template", Code: "41048", Good: func() error {
			r, err := send(c.customer)
			if err != nil {
				return err
			}
			c.message = r.MsgID
			return check(len(r.FailList) == 0, "not sent to %v", r.FailList)
		}, Bad: func() error { return fails(send("wmnever")) }},
		{Call: workCalls + "get_groupmsg_list_v2", Code: "40058", Good: func() error {
			r, err := x.GetGroupMsgListV2(&externalcontact.GetGroupMsgListV2Request{ChatType: "single", StartTime: now - 3600, EndTime: now + 3600, FilterType: 2, Limit: 50})
			if err != nil {
				return err
			}
			return check(len(r.GroupMsgList) == 1 && r.GroupMsgList[0].MsgID == c.message && r.GroupMsgList[0].Attachments[0].Link.Title == "春茶", "the list is %+v", r)
		}, Bad: func() error {
			return fails(x.GetGroupMsgListV2(&externalcontact.GetGroupMsgListV2Request{ChatType: "nobody", StartTime: now - 3600, EndTime: now, Limit: 50}))
		}},
		{Call: workCalls + "get_groupmsg_task", Code: "41047", Good: func() error {
			r, err := x.GetGroupMsgTask(&externalcontact.GetGroupMsgTaskRequest{MsgID: c.message, Limit: 50})
			if err != nil {
				return err
			}
			return check(len(r.TaskList) == 1 && r.TaskList[0].UserID == "an" && r.TaskList[0].Status == 0, "the tasks are %+v", r)
		}, Bad: func() error {
			return fails(x.GetGroupMsgTask(&externalcontact.GetGroupMsgTaskRequest{MsgID: "never", Limit: 50}))
		}},
		{Call: workCalls + "remind_groupmsg_send", Code: "41047", Good: func() error {
			return x.RemindGroupMsgSend(&externalcontact.RemindGroupMsgSendRequest{MsgID: c.message})
		}, Bad: func() error {
			return x.RemindGroupMsgSend(&externalcontact.RemindGroupMsgSendRequest{MsgID: "never"})
		}},
		{Call: workCalls + "get_groupmsg_send_result", Code: "41047", Good: func() error {
			if err := c.sim.try("POST", "/people/an@"+c.id+"/group-messages/"+c.message+"/send", map[string]any{}, nil); err != nil {
				return err
			}
			r, err := x.GetGroupMsgSendResult(&externalcontact.GetGroupMsgSendResultRequest{MsgID: c.message, UserID: "an", Limit: 50})
			if err != nil {
				return err
			}
			return check(len(r.SendList) == 1 && r.SendList[0].ExternalUserID == c.customer && r.SendList[0].Status == 1, "the results are %+v", r)
		}, Bad: func() error {
			return fails(x.GetGroupMsgSendResult(&externalcontact.GetGroupMsgSendResultRequest{MsgID: "never", UserID: "an", Limit: 50}))
		}},
		{Call: workCalls + "cancel_groupmsg_send", Code: "41047", Good: func() error {
			r, err := send(c.customer)
			if err != nil {
				return err
			}
			return x.CancelGroupMsgSend(&externalcontact.CancelGroupMsgSendRequest{MsgID: r.MsgID})
		}, Bad: func() error {
			return x.CancelGroupMsgSend(&externalcontact.CancelGroupMsgSendRequest{MsgID: "never"})
		}},
	}
}

func (c *circle) post(user string) (string, error) {
	r, err := c.contact.AddMomentTask(&externalcontact.AddMomentTaskRequest{Text: externalcontact.MomentTaskText{Content: "新茶到店"},
		VisibleRange: externalcontact.MomentVisibleRange{SenderList: externalcontact.MomentSenderList{UserList: []string{user}}}})
	if err != nil {
		return "", err
	}
	done, err := c.contact.GetMomentTaskResult(r.JobID)
	if err != nil {
		return "", err
	}
	return done.Result.MomentID, check(done.Status == 3 && done.Result.MomentID != "", "the job is %+v", done)
}

func (c *circle) moments() []trial {
	x, now := c.contact, c.sim.now(c.t).Unix()
	return []trial{
		{Call: workCalls + "add_moment_task", Code: "40063", Good: func() (err error) {
			c.moment, err = c.post("an")
			return err
		}, Bad: func() error { return fails(x.AddMomentTask(&externalcontact.AddMomentTaskRequest{})) }},
		{Call: workCalls + "get_moment_task_result", Code: "40058", Good: func() error { return fails(c.post("an")) }, Bad: func() error { return fails(x.GetMomentTaskResult("never")) }},
		{Call: workCalls + "get_moment_list", Code: "40058", Good: func() error {
			r, err := x.GetMomentList(&externalcontact.GetMomentListRequest{StartTime: now - 3600, EndTime: now + 3600, FilterType: 2, Limit: 20})
			if err != nil {
				return err
			}
			return check(slices.ContainsFunc(r.MomentList, func(m externalcontact.MomentItem) bool { return m.MomentID == c.moment }), "the moments are %+v", r)
		}, Bad: func() error {
			return fails(x.GetMomentList(&externalcontact.GetMomentListRequest{StartTime: now - 60*86400, EndTime: now, FilterType: 2, Limit: 20}))
		}},
		{Call: workCalls + "get_moment_task", Code: "41060", Good: func() error {
			r, err := x.GetMomentTask(&externalcontact.GetMomentTaskRequest{MomentID: c.moment, Limit: 10})
			if err != nil {
				return err
			}
			return check(len(r.TaskList) == 1 && r.TaskList[0].UserID == "an" && r.TaskList[0].PublishStatus == 0, "the tasks are %+v", r)
		}, Bad: func() error {
			return fails(x.GetMomentTask(&externalcontact.GetMomentTaskRequest{MomentID: "never", Limit: 10}))
		}},
		{Call: workCalls + "get_moment_customer_list", Code: "41061", Good: func() error {
			r, err := x.GetMomentCustomerList(&externalcontact.GetMomentCustomerListRequest{MomentID: c.moment, UserID: "an", Limit: 10})
			if err != nil {
				return err
			}
			return check(len(r.CustomerList) == 1 && r.CustomerList[0].ExternalUserID == c.customer, "the customers are %+v", r)
		}, Bad: func() error {
			return fails(x.GetMomentCustomerList(&externalcontact.GetMomentCustomerListRequest{MomentID: c.moment, UserID: "bo", Limit: 10}))
		}},
		{Call: workCalls + "get_moment_send_result", Code: "41061", Good: func() error {
			if err := c.sim.try("POST", "/people/an@"+c.id+"/moment-tasks/"+c.moment+"/publish", map[string]any{}, nil); err != nil {
				return err
			}
			r, err := x.GetMomentSendResult(&externalcontact.GetMomentSendResultRequest{MomentID: c.moment, UserID: "an", Limit: 10})
			if err != nil {
				return err
			}
			return check(len(r.CustomerList) == 1 && r.CustomerList[0].ExternalUserID == c.customer, "the customers are %+v", r)
		}, Bad: func() error {
			return fails(x.GetMomentSendResult(&externalcontact.GetMomentSendResultRequest{MomentID: c.moment, UserID: "bo", Limit: 10}))
		}},
		{Call: workCalls + "get_moment_comments", Code: "41061", Good: func() error {
			r, err := x.GetMomentComments(&externalcontact.GetMomentCommentsRequest{MomentID: c.moment, UserID: "an"})
			if err != nil {
				return err
			}
			return check(len(r.CommentList)+len(r.LikeList) == 0, "nobody said %+v", r)
		}, Bad: func() error {
			return fails(x.GetMomentComments(&externalcontact.GetMomentCommentsRequest{MomentID: c.moment, UserID: "bo"}))
		}},
		{Call: workCalls + "cancel_moment_task", Code: "41060", Good: func() error {
			return x.CancelMomentTask(&externalcontact.CancelMomentTaskRequest{MomentID: c.moment})
		}, Bad: func() error {
			return x.CancelMomentTask(&externalcontact.CancelMomentTaskRequest{MomentID: "never"})
		}},
	}
}

func (c *circle) links() []trial {
	x, at, now := c.contact, workCalls+"customer_acquisition/", c.sim.now(c.t).Unix()
	of := func(user string) externalcontact.CustomerAcquisitionRange {
		return externalcontact.CustomerAcquisitionRange{UserList: []string{user}}
	}
	return []trial{
		{Call: at + "create_link", Code: "60111", Good: func() error {
			r, err := x.CreateCustomerAcquisitionLink(&externalcontact.CreateCustomerAcquisitionLinkRequest{LinkName: "小红书", Range: of("an"), SkipVerify: true})
			if err != nil {
				return err
			}
			c.link = r.Link.LinkID
			return check(strings.HasPrefix(r.Link.URL, "http"), "the link is %+v", r.Link)
		}, Bad: func() error {
			return fails(x.CreateCustomerAcquisitionLink(&externalcontact.CreateCustomerAcquisitionLinkRequest{LinkName: "小红书", Range: of("nobody")}))
		}},
		{Call: at + "update_link", Code: "40058", Good: func() error {
			return fails(x.UpdateCustomerAcquisitionLink(&externalcontact.UpdateCustomerAcquisitionLinkRequest{LinkID: c.link, LinkName: "抖音", Range: of("bo")}))
		}, Bad: func() error {
			return fails(x.UpdateCustomerAcquisitionLink(&externalcontact.UpdateCustomerAcquisitionLinkRequest{LinkID: "never", LinkName: "抖音", Range: of("bo")}))
		}},
		{Call: at + "get", Code: "40058", Good: func() error {
			r, err := x.GetCustomerAcquisition(&externalcontact.GetCustomerAcquisitionRequest{LinkID: c.link})
			if err != nil {
				return err
			}
			return check(r.Link.LinkName == "抖音" && slices.Equal(r.Range.UserList, []string{"bo"}), "the link is %+v", r)
		}, Bad: func() error {
			return fails(x.GetCustomerAcquisition(&externalcontact.GetCustomerAcquisitionRequest{LinkID: "never"}))
		}},
		{Call: at + "list_link", Code: "40014", Good: func() error {
			r, err := x.ListLink(&externalcontact.ListLinkRequest{Limit: 100})
			if err != nil {
				return err
			}
			return check(slices.Equal(r.LinkIDList, []string{c.link}), "the links are %v", r.LinkIDList)
		}, Bad: func() error { return fails(c.revoked.ListLink(&externalcontact.ListLinkRequest{Limit: 100})) }},
		{Call: at + "customer", Code: "40058", Good: func() error {
			return fails(x.GetCustomerInfoWithCustomerAcquisitionLink(&externalcontact.GetCustomerInfoWithCustomerAcquisitionLinkRequest{LinkID: c.link, Limit: 100}))
		}, Bad: func() error {
			return fails(x.GetCustomerInfoWithCustomerAcquisitionLink(&externalcontact.GetCustomerInfoWithCustomerAcquisitionLinkRequest{LinkID: "never", Limit: 100}))
		}},
		{Call: at + "statistic", Code: "40058", Good: func() error {
			return fails(x.CustomerAcquisitionStatistic(&externalcontact.CustomerAcquisitionStatisticRequest{LinkID: c.link, StartTime: now - 86400, EndTime: now}))
		}, Bad: func() error {
			return fails(x.CustomerAcquisitionStatistic(&externalcontact.CustomerAcquisitionStatisticRequest{LinkID: "never", StartTime: now - 86400, EndTime: now}))
		}},
		{Call: workCalls + "customer_acquisition_quota", Code: "40014", Good: func() error { return fails(x.CustomerAcquisitionQuota()) }, Bad: func() error { return fails(c.revoked.CustomerAcquisitionQuota()) }},
		{Call: at + "delete_link", Code: "40058", Good: func() error {
			return fails(x.DeleteCustomerAcquisitionLink(&externalcontact.DeleteCustomerAcquisitionLinkRequest{LinkID: c.link}))
		}, Bad: func() error {
			return fails(x.DeleteCustomerAcquisitionLink(&externalcontact.DeleteCustomerAcquisitionLinkRequest{LinkID: "never"}))
		}},
	}
}

// apps is what an application says by itself: media, messages, a group robot, and tags changed.
func (c *circle) apps() []trial {
	q, m := "qyapi.weixin.qq.com/cgi-bin/", c.work.GetMaterial()
	file := func(name string, raw []byte) string { return c.file(name, raw) }
	say := func(user string) error {
		return fails(c.work.GetMessage().SendText(message.SendTextRequest{SendRequestCommon: &message.SendRequestCommon{ToUser: user, AgentID: "1000002"}, Text: message.TextField{Content: "开会"}}))
	}
	shout := func(key string) error {
		o := robot.WebhookSendTextOption{MsgType: "text"}
		o.Text.Content = "开门"
		r, err := c.work.GetRobot().RobotBroadcast(key, o)
		if err == nil && r.ErrCode != 0 {
			err = fmt.Errorf("errcode=%d %s", r.ErrCode, r.ErrMsg)
		}
		return err
	}
	edit := func(id string) error {
		return c.contact.EditCropTag(externalcontact.EditCropTagRequest{ID: id, Name: "铂金"})
	}
	return []trial{
		{Call: q + "media/upload", Code: "40004", Good: func() error { return fails(m.UploadTempFile(file("a.png", picture()), "image")) }, Bad: func() error { return fails(m.UploadTempFile(file("a.png", picture()), "never")) }},
		{Call: q + "media/uploadimg", Code: "40005", Good: func() error { return fails(m.UploadImg(file("a.png", picture()))) }, Bad: func() error { return fails(m.UploadImg(file("a.txt", []byte("no picture")))) }},
		{Call: q + "media/upload_attachment", Code: "40004", Good: func() error { return fails(m.UploadAttachment(file("a.png", picture()), "image", 1)) }, Bad: func() error { return fails(m.UploadAttachment(file("a.png", picture()), "never", 1)) }},
		{Call: q + "media/get", Code: "40007", Good: func() error {
			menu := []byte(`{"menu":["龙井","碧螺春"]}`) // GetTempFile reads every answer as JSON, so it can fetch nothing else
			r, err := m.UploadTempFile(file("menu.json", menu), "file")
			if err != nil {
				return err
			}
			back, err := m.GetTempFile(r.MediaID)
			if err != nil {
				return err
			}
			return check(bytes.Equal(back, menu), "%s came back", back)
		}, Bad: func() error { return fails(m.GetTempFile("never")) }},
		{Call: q + "message/send", Code: "81013", Good: func() error { return say("an") }, Bad: func() error { return say("nobody") }},
		{Call: q + "webhook/send", Code: "93000", Good: func() error {
			var made struct {
				Key string `json:"key"`
			}
			if err := c.sim.try("POST", "/companies/"+c.id+"/robots", map[string]any{"name": "播报", "userids": []string{"an", "bo"}}, &made); err != nil {
				return err
			}
			return shout(made.Key)
		}, Bad: func() error { return shout("never") }},
		{Call: workCalls + "edit_corp_tag", Code: "40068", Good: func() error {
			g, err := c.contact.AddCropTag(externalcontact.AddCropTagRequest{GroupName: "级别" + c.number("g"), Tag: []externalcontact.AddCropTagItem{{Name: "金"}}})
			if err != nil {
				return err
			}
			return edit(g.Tag[0].ID)
		}, Bad: func() error { return edit("never") }},
	}
}

// leave lets a member with a customer and a customer group resign.
func (c *circle) leave() (err error) {
	c.leaver = "cai"
	for _, who := range []string{"cai", "customer"} {
		if err := c.sim.try("POST", "/people", map[string]any{"id": c.Lin + who, "name": who}, nil); err != nil {
			return err
		}
	}
	at := "/companies/" + c.id
	if err := c.sim.try("POST", at+"/staff", map[string]any{"userid": c.leaver, "person": c.Lin + "cai"}, nil); err != nil {
		return err
	}
	var made struct {
		ID string `json:"external_userid"`
	}
	if err := c.sim.try("POST", at+"/customers", map[string]any{"userid": c.leaver, "person": c.Lin + "customer"}, &made); err != nil {
		return err
	}
	c.bereft = made.ID
	if c.orphan, _, err = c.room(c.leaver, c.Lin+"customer"); err != nil {
		return err
	}
	return c.sim.try("POST", at+"/staff/"+c.leaver+"/resign", map[string]any{}, nil)
}

func (c *circle) handovers() []trial {
	x := c.contact
	return []trial{
		{Call: workCalls + "transfer_customer", Code: "60111", Good: func() error {
			r, err := x.TransferCustomer(&externalcontact.TransferCustomerRequest{HandoverUserID: "an", TakeoverUserID: "bo", ExternalUserID: []string{c.customer}})
			if err != nil {
				return err
			}
			return check(r.Customer[0].ErrCode == 0, "the customer is not handed over: %+v", r)
		}, Bad: func() error {
			return fails(x.TransferCustomer(&externalcontact.TransferCustomerRequest{HandoverUserID: "an", TakeoverUserID: "nobody", ExternalUserID: []string{c.customer}}))
		}},
		{Call: workCalls + "transfer_result", Code: "60111", Good: func() error {
			r, err := x.TransferResult(&externalcontact.TransferResultRequest{HandoverUserID: "an", TakeoverUserID: "bo"})
			if err != nil {
				return err
			}
			return check(len(r.Customer) == 1 && r.Customer[0].ExternalUserID == c.customer && r.Customer[0].Status == 2, "the result is %+v", r)
		}, Bad: func() error {
			return fails(x.TransferResult(&externalcontact.TransferResultRequest{HandoverUserID: "an", TakeoverUserID: "nobody"}))
		}},
		{Call: workCalls + "groupchat/onjob_transfer", Code: "84061", Good: func() error {
			r, err := x.GroupChatOnJobTransfer(&externalcontact.GroupChatOnJobTransferRequest{ChatIDList: []string{c.chat}, NewOwner: "bo"})
			if err != nil {
				return err
			}
			return check(len(r.FailedChatList) == 0, "not handed over: %+v", r)
		}, Bad: func() error {
			return fails(x.GroupChatOnJobTransfer(&externalcontact.GroupChatOnJobTransferRequest{ChatIDList: []string{c.chat}, NewOwner: "nobody"}))
		}},
		{Call: workCalls + "get_unassigned_list", Code: "40014", Good: func() error {
			if err := c.leave(); err != nil {
				return err
			}
			r, err := x.GetUnassignedList(&externalcontact.GetUnassignedListRequest{PageSize: 100})
			if err != nil {
				return err
			}
			return check(len(r.Info) == 1 && r.IsLast && r.Info[0].HandoverUserID == c.leaver && r.Info[0].ExternalUserID == c.bereft, "the list is %+v", r)
		}, Bad: func() error {
			return fails(c.revoked.GetUnassignedList(&externalcontact.GetUnassignedListRequest{PageSize: 100}))
		}},
		{Call: workCalls + "groupchat/transfer", Code: "84061", Good: func() error {
			r, err := x.GroupChatTransfer(&externalcontact.GroupChatTransferRequest{ChatIDList: []string{c.orphan}, NewOwner: "bo"})
			if err != nil {
				return err
			}
			return check(len(r.FailedChatList) == 0, "not handed over: %+v", r)
		}, Bad: func() error {
			return fails(x.GroupChatTransfer(&externalcontact.GroupChatTransferRequest{ChatIDList: []string{c.orphan}, NewOwner: "nobody"}))
		}},
		{Call: workCalls + "resigned/transfer_customer", Code: "40097", Good: func() error {
			r, err := x.ResignedTransferCustomer(&externalcontact.ResignedTransferCustomerRequest{HandoverUserID: c.leaver, TakeoverUserID: "bo", ExternalUserID: []string{c.bereft}})
			if err != nil {
				return err
			}
			return check(r.Customer[0].ErrCode == 0, "the customer is not handed over: %+v", r)
		}, Bad: func() error {
			return fails(x.ResignedTransferCustomer(&externalcontact.ResignedTransferCustomerRequest{HandoverUserID: "an", TakeoverUserID: "bo", ExternalUserID: []string{c.bereft}}))
		}},
		{Call: workCalls + "resigned/transfer_result", Code: "60111", Good: func() error {
			r, err := x.ResignedTransferResult(&externalcontact.ResignedTransferResultRequest{HandoverUserID: c.leaver, TakeoverUserID: "bo"})
			if err != nil {
				return err
			}
			return check(len(r.Customer) == 1 && r.Customer[0].ExternalUserID == c.bereft && r.Customer[0].Status == 2, "the result is %+v", r)
		}, Bad: func() error {
			return fails(x.ResignedTransferResult(&externalcontact.ResignedTransferResultRequest{HandoverUserID: c.leaver, TakeoverUserID: "nobody"}))
		}},
	}
}
