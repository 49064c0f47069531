(function(){
"use strict";
var box=document.getElementById("cari"),word=document.getElementById("kata"),pick=document.getElementById("pilih"),out=document.getElementById("jumlah");
var groups=document.querySelectorAll("#t-laporan~tbody"),foot=document.querySelector("#t-laporan~tfoot");
if(!box||!word||!pick||!groups.length){return;}
box.hidden=false;
function fits(row,choice){
if(!choice){return true;}
if(choice.charAt(0)==="n"){return row.cells[Number(choice.charAt(1))].textContent.trim()!=="0";}
var state=row.querySelector(".st").cloneNode(true),sign=state.querySelector(".s");
if(sign){sign.remove();}
return state.textContent.trim()===choice.slice(1);
}
function show(){
var wanted=word.value.trim().toLowerCase(),choice=pick.value,found=0;
groups.forEach(function(group){
var shown=0;
group.querySelectorAll("tr").forEach(function(row){
if(row.cells.length<2){return;}
var hit=row.cells[0].textContent.toLowerCase().indexOf(wanted)>=0&&fits(row,choice);
row.hidden=!hit;
if(hit){shown+=1;}
});
group.hidden=shown===0;
found+=shown;
});
if(foot){foot.hidden=Boolean(wanted||choice);}
out.textContent=wanted||choice?found+" "+box.getAttribute("data-unit"):"";
}
word.addEventListener("input",show);
pick.addEventListener("change",show);
})();
